#include "test_registry.hpp"

#include <algorithm>

using namespace qry;
using namespace qry::test;
using std::chrono::seconds;
using store::snapshot_row;

namespace {

store::time_point at(std::int64_t s) {
    return store::time_point(seconds(s));
}

std::string all_bytes() {
    std::string bytes;
    for (int i = 0; i < 256; ++i)
        bytes += static_cast<char>(i);
    return bytes;
}

}  // namespace

TEST_CASE("a snapshot reads back byte for byte") {
    FOR_EACH_BACKEND(backend);
    const test_registry where(backend);
    const auto db = where.open();
    const auto id = get(db->create(sales(), {}, "admin")).id;
    CHECK_FALSE(get(db->load_snapshot(id)).has_value());
    CHECK_FALSE(get(db->head_of_snapshot(id)).has_value());
    CHECK(get(db->save_snapshot({{id, 1, "hash", at(7)}, all_bytes()})));
    const auto read = get(db->load_snapshot(id));
    REQUIRE(read.has_value());
    CHECK(read->datasource_id == id);
    CHECK(read->generation == 1);
    CHECK(read->config_hash == "hash");
    CHECK(read->taken_at == at(7));
    CHECK(read->bytes == all_bytes());
    const auto head = get(db->head_of_snapshot(id));
    REQUIRE(head.has_value());
    CHECK(head->generation == 1);
    CHECK(head->taken_at == at(7));
}

TEST_CASE("the heads of all snapshots are read at once") {
    FOR_EACH_BACKEND(backend);
    const test_registry where(backend);
    const auto db = where.open();
    CHECK(get(db->heads_of_snapshots()).empty());
    const auto one = get(db->create(sales("one"), {}, "admin")).id;
    const auto two = get(db->create(sales("two"), {}, "admin")).id;
    (void)get(db->create(sales("none"), {}, "admin"));
    const auto gone = get(db->create(sales("gone"), {}, "admin")).id;
    CHECK(get(db->save_snapshot({{one, 3, "first", at(7)}, "a"})));
    CHECK(get(db->save_snapshot({{two, 9, "second", at(8)}, all_bytes()})));
    CHECK(get(db->save_snapshot({{gone, 1, "third", at(9)}, "c"})));
    get(db->remove("gone", "admin"));
    const auto heads = get(db->heads_of_snapshots());
    REQUIRE(heads.size() == 2);
    CHECK(heads[0].datasource_id == std::min(one, two));
    CHECK(heads[1].datasource_id == std::max(one, two));
    const auto& of_two = heads[one < two ? 1 : 0];
    CHECK(of_two.generation == 9);
    CHECK(of_two.config_hash == "second");
    CHECK(of_two.taken_at == at(8));
}

TEST_CASE("an empty snapshot and a large one read back") {
    FOR_EACH_BACKEND(backend);
    const test_registry where(backend);
    const auto db = where.open();
    const auto id = get(db->create(sales(), {}, "admin")).id;
    CHECK(get(db->save_snapshot({{id, 1, "", at(1)}, ""})));
    CHECK(get(db->load_snapshot(id))->bytes.empty());
    const std::string chunk = all_bytes();
    std::string large;
    while (large.size() < (8u << 20))
        large += chunk;
    CHECK(get(db->save_snapshot({{id, 2, "", at(2)}, large})));
    // Compared apart: Catch would spell out megabytes.
    const bool same = get(db->load_snapshot(id))->bytes == large;
    CHECK(same);
}

TEST_CASE("only a newer generation replaces a snapshot") {
    FOR_EACH_BACKEND(backend);
    const test_registry where(backend);
    const auto db = where.open();
    const auto id = get(db->create(sales(), {}, "admin")).id;
    CHECK(get(db->save_snapshot({{id, 5, "five", at(5)}, "5"})));
    CHECK_FALSE(get(db->save_snapshot({{id, 5, "again", at(6)}, "x"})));
    CHECK_FALSE(get(db->save_snapshot({{id, 4, "late", at(7)}, "y"})));
    CHECK(get(db->load_snapshot(id))->config_hash == "five");
    CHECK(get(db->save_snapshot({{id, 6, "six", at(8)}, "6"})));
    const auto read = get(db->load_snapshot(id));
    CHECK(read->config_hash == "six");
    CHECK(read->bytes == "6");
}

TEST_CASE("a snapshot that was found unchanged becomes younger, unless it was replaced") {
    FOR_EACH_BACKEND(backend);
    const test_registry where(backend);
    const auto db = where.open();
    const auto id = get(db->create(sales(), {}, "admin")).id;
    CHECK_FALSE(get(db->renew_snapshot({id, 5, "five", at(6)})));
    CHECK(get(db->save_snapshot({{id, 5, "five", at(5)}, "5"})));
    CHECK(get(db->renew_snapshot({id, 5, "five", at(7)})));
    const auto read = get(db->load_snapshot(id));
    CHECK(read->taken_at == at(7));
    CHECK(read->bytes == "5");
    // Another host found so before; never older.
    CHECK(get(db->renew_snapshot({id, 5, "five", at(6)})));
    CHECK(get(db->head_of_snapshot(id))->taken_at == at(7));
    CHECK_FALSE(get(db->renew_snapshot({id, 4, "five", at(9)})));
    CHECK_FALSE(get(db->renew_snapshot({id, 5, "six", at(9)})));
    CHECK(get(db->head_of_snapshot(id))->taken_at == at(7));
}

TEST_CASE("a snapshot of a datasource that is not there is refused") {
    FOR_EACH_BACKEND(backend);
    const test_registry where(backend);
    const auto db = where.open();
    CHECK(failed(db->save_snapshot({{"none", 1, "", at(1)}, ""})).kind == status::not_found);
    const auto id = get(db->create(sales(), {}, "admin")).id;
    get(db->remove("sales", "admin"));
    CHECK(failed(db->save_snapshot({{id, 1, "", at(1)}, ""})).kind == status::not_found);
}

TEST_CASE("a deleted snapshot is gone, and any generation may follow") {
    FOR_EACH_BACKEND(backend);
    const test_registry where(backend);
    const auto db = where.open();
    const auto id = get(db->create(sales(), {}, "admin")).id;
    get(db->save_snapshot({{id, 9, "", at(1)}, "9"}));
    get(db->delete_snapshot(id));
    CHECK_FALSE(get(db->load_snapshot(id)).has_value());
    get(db->delete_snapshot(id));
    CHECK(get(db->save_snapshot({{id, 1, "", at(1)}, "1"})));
}

TEST_CASE("one owner at a time holds a claim, until it is released or expires") {
    FOR_EACH_BACKEND(backend);
    const test_registry where(backend);
    std::int64_t now = 1'000;
    const auto db = where.open({.clock = [&] { return at(now); }});
    const auto id = get(db->create(sales(), {}, "admin")).id;
    CHECK(get(db->try_claim(id, "schema", "one", seconds(10))));
    CHECK_FALSE(get(db->try_claim(id, "schema", "two", seconds(10))));
    CHECK(get(db->try_claim(id, "other work", "two", seconds(10))));

    get(db->release_claim(id, "schema", "two"));
    CHECK_FALSE(get(db->try_claim(id, "schema", "two", seconds(10))));
    get(db->release_claim(id, "schema", "one"));
    CHECK(get(db->try_claim(id, "schema", "two", seconds(10))));

    now = 1'009;
    CHECK_FALSE(get(db->try_claim(id, "schema", "one", seconds(10))));
    CHECK(get(db->try_claim(id, "schema", "two", seconds(10))));
    now = 1'018;
    CHECK_FALSE(get(db->try_claim(id, "schema", "one", seconds(10))));
    now = 1'019;
    CHECK(get(db->try_claim(id, "schema", "one", seconds(10))));
    CHECK_FALSE(get(db->try_claim(id, "schema", "two", seconds(10))));
}

TEST_CASE("a claim on what is not there is not found") {
    FOR_EACH_BACKEND(backend);
    const test_registry where(backend);
    CHECK(
        failed(where.open()->try_claim("none", "schema", "me", seconds(1))).kind ==
        status::not_found
    );
}
