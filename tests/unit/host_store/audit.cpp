#include "test_registry.hpp"

#include <nlohmann/json.hpp>

using namespace qry;
using namespace qry::test;
using nlohmann::json;

TEST_CASE("each change leaves who did what, when, before and after, and no secret") {
    FOR_EACH_BACKEND(backend);
    const test_registry where(backend);
    const store::time_point noon{std::chrono::hours(12)};
    const auto db = where.open({.clock = [&] { return noon; }});
    auto row = get(db->create(sales("a"), {{"password", "token-1"}}, "ann"));
    row.pool_max_size = 8;
    get(db->update(row, 1, {{"password", "token-2"}}, "bob"));
    get(db->rename("a", "b", "cy\xff"));
    get(db->remove("b", "dan"));

    const auto entries = get(db->audit());
    REQUIRE(entries.size() == 4);
    const auto& removed = entries[0];
    CHECK(removed.action == "remove");
    CHECK(removed.actor == "dan");
    CHECK(removed.after.empty());
    CHECK(json::parse(removed.before)["name"] == "b");
    const auto& renamed = entries[1];
    CHECK(renamed.action == "rename");
    CHECK(renamed.actor == "cy?");
    CHECK(renamed.datasource_name == "b");
    CHECK(json::parse(renamed.before)["name"] == "a");
    const auto& updated = entries[2];
    CHECK(updated.action == "update");
    CHECK(json::parse(updated.before)["pool_max_size"] == 7);
    CHECK(json::parse(updated.after)["pool_max_size"] == 8);
    CHECK(json::parse(updated.after)["secrets"] == json::array({"password"}));
    CHECK(json::parse(updated.after)["secrets_changed"] == json::array({"password"}));
    const auto& created = entries[3];
    CHECK(created.action == "create");
    CHECK(created.actor == "ann");
    CHECK(created.at == noon);
    CHECK(created.datasource_id == row.id);
    CHECK(created.before.empty());
    CHECK(json::parse(created.after)["timeout_ns"] == 90'000'000'000);
    for (const auto& entry : entries) {
        CHECK(entry.before.find("token-") == std::string::npos);
        CHECK(entry.after.find("token-") == std::string::npos);
    }
}

TEST_CASE("a change that was refused leaves nothing in the audit trail") {
    FOR_EACH_BACKEND(backend);
    const test_registry where(backend);
    const auto db = where.open();
    const auto row = get(db->create(sales(), {}, "admin"));
    failed(db->update(row, 9, {}, "admin"));
    failed(db->create(sales(), {}, "admin"));
    failed(db->remove("other", "admin"));
    CHECK(get(db->audit()).size() == 1);
}

TEST_CASE("the audit trail is read in pages, newest first") {
    FOR_EACH_BACKEND(backend);
    const test_registry where(backend);
    const auto db = where.open();
    for (const char* name : {"a", "b", "c"})
        get(db->create(sales(name), {}, "admin"));
    const auto page = get(db->audit(1, 1));
    REQUIRE(page.size() == 1);
    CHECK(page[0].datasource_name == "b");
}

TEST_CASE("when any step of a change fails, nothing of the change is there") {
    FOR_EACH_BACKEND(backend);
    const test_registry where(backend);
    const auto db = where.open();
    const auto row = get(db->create(sales(), {{"password", "old"}}, "admin"));
    // Each step in turn loses its table; the change must leave no trace in the others.
    const std::string table = GENERATE(as<std::string>{}, "secret", "audit");
    where.sql("ALTER TABLE {s}" + table + " RENAME TO hidden");
    auto edited = row;
    edited.pool_max_size = 99;
    failed(db->create(sales("second"), {{"password", "t"}}, "admin"));
    failed(db->update(edited, 1, {{"password", "new"}}, "admin"));
    failed(db->rename("sales", "other", "admin"));
    failed(db->remove("sales", "admin"));
    where.sql("ALTER TABLE {s}hidden RENAME TO " + table);

    const auto rows = get(db->list());
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].name == "sales");
    CHECK(rows[0].version == 1);
    CHECK(rows[0].pool_max_size == 7);
    CHECK(get(db->tokens(row.id)).at(0).token == "old");
    CHECK(get(db->audit()).size() == 1);
}
