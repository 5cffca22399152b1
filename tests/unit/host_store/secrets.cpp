#include "test_registry.hpp"

using namespace qry;
using namespace qry::test;

TEST_CASE("tokens are stored with their datasource and listed by name") {
    FOR_EACH_BACKEND(backend);
    const test_registry where(backend);
    const auto db = where.open();
    const auto b = get(db->create(sales("b"), {{"z", "t1"}, {"a", "t2"}}, "admin"));
    const auto a = get(db->create(sales("a"), {{"password", "t3"}}, "admin"));
    const auto of_b = get(db->tokens(b.id));
    REQUIRE(of_b.size() == 2);
    CHECK(of_b[0].name == "a");
    CHECK(of_b[0].token == "t2");
    CHECK(of_b[0].datasource_name == "b");
    CHECK(of_b[1].name == "z");
    const auto all = get(db->all_tokens());
    REQUIRE(all.size() == 3);
    CHECK(all[0].datasource_id == a.id);
    CHECK(all[0].token == "t3");
    CHECK(all[2].name == "z");
    CHECK(get(db->tokens("no-such-id")).empty());
}

TEST_CASE("a token is replaced only while it is the old one") {
    FOR_EACH_BACKEND(backend);
    const test_registry where(backend);
    const auto db = where.open();
    const auto row = get(db->create(sales(), {{"password", "old"}}, "admin"));
    CHECK(get(db->replace_token(row.id, "password", "old", "resealed")));
    CHECK(get(db->tokens(row.id)).at(0).token == "resealed");
    // An edit came between: rotation must not bring the old secret back.
    get(db->update(row, 1, {{"password", "edited"}}, "admin"));
    CHECK_FALSE(get(db->replace_token(row.id, "password", "resealed", "resealed again")));
    CHECK(get(db->tokens(row.id)).at(0).token == "edited");
    CHECK_FALSE(get(db->replace_token(row.id, "other", "old", "x")));
}

TEST_CASE("replacing a token leaves version and state alone") {
    FOR_EACH_BACKEND(backend);
    const test_registry where(backend);
    const auto db = where.open();
    const auto row = get(db->create(sales(), {{"password", "old"}}, "admin"));
    get(db->set_state(row.id, 1, connection_state::connected, "", store::time_point()));
    get(db->replace_token(row.id, "password", "old", "new"));
    const auto read = get(db->get("sales"));
    CHECK(read.version == 1);
    CHECK(read.state == connection_state::connected);
}

TEST_CASE("dropping a secret that is not there is no change of the target") {
    FOR_EACH_BACKEND(backend);
    const test_registry where(backend);
    const auto db = where.open();
    const auto row = get(db->create(sales(), {}, "admin"));
    get(db->set_state(row.id, 1, connection_state::connected, "", store::time_point()));
    const auto edited = get(db->update(row, 1, {{"password", std::nullopt}}, "admin"));
    CHECK(edited.state == connection_state::connected);
}

TEST_CASE("the first key check stays, whoever comes second") {
    FOR_EACH_BACKEND(backend);
    const test_registry where(backend);
    const auto db = where.open();
    CHECK_FALSE(get(db->key_check()).has_value());
    CHECK(get(db->put_key_check("first")) == "first");
    CHECK(get(where.open()->put_key_check("second")) == "first");
    CHECK(get(db->key_check()) == "first");
}

TEST_CASE("the key check is replaced only while it is the old one") {
    FOR_EACH_BACKEND(backend);
    const test_registry where(backend);
    const auto db = where.open();
    CHECK_FALSE(get(db->replace_key_check("", "x")));
    get(db->put_key_check("first"));
    CHECK_FALSE(get(db->replace_key_check("other", "x")));
    CHECK(get(db->replace_key_check("first", "second")));
    CHECK(get(db->key_check()) == "second");
}
