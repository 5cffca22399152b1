#include "test_registry.hpp"

using namespace qry;
using namespace qry::test;
using store::datasource_row;

namespace {

store::time_point at(std::int64_t seconds) {
    return store::time_point(std::chrono::seconds(seconds));
}

}  // namespace

TEST_CASE("a datasource reads back as it was created") {
    FOR_EACH_BACKEND(backend);
    const test_registry where(backend);
    const auto db = where.open({.clock = [] { return at(1'700'000'000); }});
    datasource_row wanted = sales();
    wanted.params["note"] = "ünï\"code\\ \n 'quoted' $1 {s}";
    const datasource_row created =
        get(db->create(wanted, {{"password", "token-1"}, {"key", "token-2"}}, "admin"));
    CHECK(created.id.size() == 36);
    CHECK(created.version == 1);

    const datasource_row read = get(db->get("sales"));
    CHECK(read.id == created.id);
    CHECK(read.name == "sales");
    CHECK(read.driver == "postgresql");
    CHECK(read.params == wanted.params);
    CHECK(read.timeout == std::chrono::seconds(90));
    CHECK(read.pool_min_size == 2);
    CHECK(read.pool_max_size == 7);
    CHECK(read.isolation == "process");
    CHECK(read.version == 1);
    CHECK(read.state == connection_state::unknown);
    CHECK(read.state_message.empty());
    CHECK_FALSE(read.checked_at.has_value());
    CHECK(read.created_at == at(1'700'000'000));
    CHECK(read.updated_at == at(1'700'000'000));
    CHECK(read.secret_names == std::vector<std::string>{"key", "password"});
    CHECK(read.damage.empty());
    CHECK(get(db->get_by_id(created.id)).name == "sales");
}

TEST_CASE("no timeout reads back as none") {
    FOR_EACH_BACKEND(backend);
    const test_registry where(backend);
    const auto db = where.open();
    datasource_row wanted = sales();
    wanted.timeout.reset();
    get(db->create(wanted, {}, "admin"));
    CHECK_FALSE(get(db->get("sales")).timeout.has_value());
}

TEST_CASE("a datasource is there after the registry was closed and opened again") {
    FOR_EACH_BACKEND(backend);
    const test_registry where(backend);
    get(where.open()->create(sales(), {}, "admin"));
    CHECK(get(where.open()->get("sales")).version == 1);
}

TEST_CASE("a name that is taken is a conflict, and nothing of the second is stored") {
    FOR_EACH_BACKEND(backend);
    const test_registry where(backend);
    const auto db = where.open();
    get(db->create(sales(), {}, "admin"));
    const error e = failed(db->create(sales(), {{"password", "token"}}, "admin"));
    CHECK(e.kind == status::conflict);
    CHECK(e.message == "there is a datasource 'sales' already");
    CHECK(get(db->list()).size() == 1);
    CHECK(get(db->all_tokens()).empty());
    CHECK(get(db->audit()).size() == 1);
}

TEST_CASE("a name that is not valid is refused by create, update and rename") {
    FOR_EACH_BACKEND(backend);
    const test_registry where(backend);
    const auto db = where.open();
    datasource_row created = get(db->create(sales(), {}, "admin"));
    const error by_create = failed(db->create(sales("a b"), {}, "admin"));
    CHECK(by_create.kind == status::invalid_parameter);
    CHECK(by_create.parameter == "name");
    CHECK(failed(db->rename("sales", "", "admin")).kind == status::invalid_parameter);
    created.name = "-x";
    CHECK(failed(db->update(created, 1, {}, "admin")).kind == status::invalid_parameter);
}

TEST_CASE("what is not there is not found, by its name in the error") {
    FOR_EACH_BACKEND(backend);
    const test_registry where(backend);
    const auto db = where.open();
    const error e = failed(db->get("nowhere"));
    CHECK(e.kind == status::not_found);
    CHECK(e.message == "there is no datasource 'nowhere'");
    CHECK(e.datasource == "nowhere");
    CHECK(failed(db->get_by_id("no-id")).kind == status::not_found);
    CHECK(failed(db->rename("nowhere", "x", "admin")).kind == status::not_found);
    CHECK(failed(db->remove("nowhere", "admin")).kind == status::not_found);
    CHECK(failed(db->update(sales("nowhere"), 1, {}, "admin")).kind == status::not_found);
    CHECK(failed(db->get(std::string("a\0b", 3))).kind == status::not_found);
}

TEST_CASE("listing is by name, bytewise, in pages") {
    FOR_EACH_BACKEND(backend);
    const test_registry where(backend);
    const auto db = where.open();
    for (const char* name : {"b", "a", "B", "a-1", "a.1", "Z"})
        get(db->create(sales(name), {}, ""));
    const auto names = [&](std::size_t offset, std::size_t limit) {
        std::string joined;
        for (const auto& row : get(db->list(offset, limit)))
            joined += row.name + " ";
        return joined;
    };
    CHECK(names(0, 10) == "B Z a a-1 a.1 b ");
    CHECK(names(1, 2) == "Z a ");
    CHECK(names(6, 10).empty());
}

TEST_CASE("an edit changes what it names and raises the version by one") {
    FOR_EACH_BACKEND(backend);
    const test_registry where(backend);
    const auto db = where.open();
    datasource_row row = get(db->create(sales(), {{"password", "old"}}, "admin"));
    row.params = {{"host", "other"}};
    row.timeout.reset();
    row.pool_max_size = 3;
    const datasource_row edited =
        get(db->update(row, 1, {{"password", std::nullopt}, {"token", "new"}}, "admin"));
    CHECK(edited.version == 2);
    const datasource_row read = get(db->get("sales"));
    CHECK(read.version == 2);
    CHECK(read.params == std::map<std::string, std::string>{{"host", "other"}});
    CHECK_FALSE(read.timeout.has_value());
    CHECK(read.pool_max_size == 3);
    CHECK(read.secret_names == std::vector<std::string>{"token"});
}

TEST_CASE("an edit of an older version is a conflict that names both, and changes nothing") {
    FOR_EACH_BACKEND(backend);
    const test_registry where(backend);
    const auto db = where.open();
    datasource_row row = get(db->create(sales(), {{"password", "old"}}, "admin"));
    row.pool_max_size = 20;
    get(db->update(row, 1, {}, "first"));
    row.pool_max_size = 30;
    const error e = failed(db->update(row, 1, {{"password", "new"}}, "second"));
    CHECK(e.kind == status::conflict);
    CHECK(e.message == "datasource 'sales' has version 2; the edit was made from version 1");
    CHECK(get(db->get("sales")).pool_max_size == 20);
    CHECK(get(db->tokens(row.id)).at(0).token == "old");
}

TEST_CASE("renaming keeps everything else and refuses a name that is taken") {
    FOR_EACH_BACKEND(backend);
    const test_registry where(backend);
    const auto db = where.open();
    const auto id = get(db->create(sales("a"), {{"password", "token"}}, "admin")).id;
    get(db->create(sales("b"), {}, "admin"));
    const error e = failed(db->rename("a", "b", "admin"));
    CHECK(e.kind == status::conflict);
    CHECK(e.message == "there is a datasource 'b' already");
    const datasource_row renamed = get(db->rename("a", "c", "admin"));
    CHECK(renamed.id == id);
    CHECK(renamed.version == 2);
    CHECK(renamed.params == sales().params);
    CHECK(renamed.secret_names == std::vector<std::string>{"password"});
    CHECK(failed(db->get("a")).kind == status::not_found);
}

TEST_CASE("a removed datasource is gone with its secrets, and its name is free") {
    FOR_EACH_BACKEND(backend);
    const test_registry where(backend);
    const auto db = where.open();
    const auto id = get(db->create(sales(), {{"password", "token"}}, "admin")).id;
    get(db->save_snapshot({{id, 1, "hash", at(1)}, "bytes"}));
    CHECK(get(db->try_claim(id, "schema", "me", std::chrono::minutes(1))));
    get(db->remove("sales", "admin"));
    CHECK(failed(db->get("sales")).kind == status::not_found);
    CHECK(failed(db->get_by_id(id)).kind == status::not_found);
    CHECK(get(db->list()).empty());
    CHECK(where.number("SELECT count(*) FROM {s}secret") == 0);
    CHECK(where.number("SELECT count(*) FROM {s}snapshot") == 0);
    CHECK(where.number("SELECT count(*) FROM {s}claim") == 0);
    CHECK(where.number("SELECT count(*) FROM {s}datasource") == 1);
    const datasource_row again = get(db->create(sales(), {}, "admin"));
    CHECK(again.id != id);
    CHECK(again.version == 1);
}

TEST_CASE("the outcome of a check is kept until the datasource points elsewhere") {
    FOR_EACH_BACKEND(backend);
    const test_registry where(backend);
    const auto db = where.open();
    datasource_row row = get(db->create(sales(), {{"password", "t"}}, "admin"));
    CHECK(get(db->set_state(row.id, 1, connection_state::failed, "no\xff route", at(5))));
    row = get(db->get("sales"));
    CHECK(row.state == connection_state::failed);
    CHECK(row.state_message == "no? route");
    CHECK(row.checked_at == at(5));
    CHECK(row.version == 1);

    row.pool_max_size = 11;
    row = get(db->update(row, 1, {}, "admin"));
    CHECK(row.state == connection_state::failed);
    CHECK(row.state_message == "no? route");

    SECTION("by other parameters") {
        row.params["host"] = "elsewhere";
        row = get(db->update(row, 2, {}, "admin"));
    }
    SECTION("by another driver") {
        row.driver = "sqlite";
        row = get(db->update(row, 2, {}, "admin"));
    }
    SECTION("by another secret") {
        row = get(db->update(row, 2, {{"password", "n"}}, "admin"));
    }
    CHECK(row.state == connection_state::unknown);
    CHECK(row.state_message.empty());
}

TEST_CASE("the outcome of a check of what was edited since is not stored") {
    FOR_EACH_BACKEND(backend);
    const test_registry where(backend);
    const auto db = where.open();
    const datasource_row row = get(db->create(sales(), {}, "admin"));
    get(db->update(row, 1, {}, "admin"));
    CHECK_FALSE(get(db->set_state(row.id, 1, connection_state::connected, "", at(5))));
    CHECK(get(db->get("sales")).state == connection_state::unknown);
    get(db->remove("sales", "admin"));
    CHECK_FALSE(get(db->set_state(row.id, 3, connection_state::connected, "", at(5))));
}

TEST_CASE("a damaged row is listed with its damage, refused alone, and can be repaired") {
    FOR_EACH_BACKEND(backend);
    const test_registry where(backend);
    const auto db = where.open();
    const datasource_row good = get(db->create(sales("bad"), {}, "admin"));
    get(db->create(sales("good"), {}, "admin"));
    const std::string stored = GENERATE(as<std::string>{}, "{\"host\": ", "[]", "{\"host\": 1}");
    where.sql("UPDATE {s}datasource SET params = '" + stored + "' WHERE name = 'bad'");

    const auto rows = get(db->list());
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].damage == "its stored parameters are not readable");
    CHECK(rows[1].damage.empty());
    const error e = failed(db->get("bad"));
    CHECK(e.message == "datasource 'bad' cannot be used: its stored parameters are not readable");
    CHECK(get(db->get("good")).name == "good");
    get(db->update(good, 1, {}, "admin"));
    CHECK(get(db->get("bad")).params == good.params);
}

TEST_CASE("parameters that are not UTF-8 are refused by their name") {
    FOR_EACH_BACKEND(backend);
    const test_registry where(backend);
    const auto db = where.open();
    datasource_row row = sales();
    row.params["host"] = "d\xff";
    const error e = failed(db->create(row, {}, "admin"));
    CHECK(e.kind == status::invalid_parameter);
    CHECK(e.parameter == "host");
    row.params["host"] = std::string("a\0b", 3);
    CHECK(get(db->create(row, {}, "admin")).params.at("host") == std::string("a\0b", 3));
}
