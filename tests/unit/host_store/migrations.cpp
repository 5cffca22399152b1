#include "store/migrations.hpp"

#include "test_registry.hpp"

#include <thread>

using namespace qry;
using namespace qry::test;

TEST_CASE("migrations are numbered from 1 without gaps") {
    const auto known = store::known_migrations();
    REQUIRE_FALSE(known.empty());
    for (std::size_t i = 0; i < known.size(); ++i)
        CHECK(known[i].version == static_cast<std::int64_t>(i) + 1);
}

TEST_CASE("opening a registry twice migrates it once") {
    FOR_EACH_BACKEND(backend);
    const test_registry where(backend);
    const auto newest = static_cast<std::int64_t>(store::known_migrations().size());
    CHECK(where.open() != nullptr);
    CHECK(where.open() != nullptr);
    CHECK(where.number("SELECT count(*) FROM {s}schema_version") == newest);
    CHECK(where.number("SELECT max(version) FROM {s}schema_version") == newest);
}

TEST_CASE("many that open a new registry at the same time migrate it once") {
    FOR_EACH_BACKEND(backend);
    const test_registry where(backend);
    std::vector<std::string> errors(4);
    {
        std::vector<std::thread> threads;
        for (std::string& text : errors) {
            threads.emplace_back([&] {
                auto db = store::store::open(where.location());
                if (!db) text = db.error().message + " / " + db.error().detail;
            });
        }
        for (auto& thread : threads)
            thread.join();
    }
    for (const std::string& text : errors)
        CHECK(text == "");
    CHECK(
        where.number("SELECT count(*) FROM {s}schema_version") ==
        static_cast<std::int64_t>(store::known_migrations().size())
    );
}

TEST_CASE("a registry of a newer version is refused, naming both versions, and left alone") {
    FOR_EACH_BACKEND(backend);
    const test_registry where(backend);
    get(where.open()->create(sales(), {}, "admin"));
    where.sql("INSERT INTO {s}schema_version (version, applied_at) VALUES (7, 0)");
    const error e = failed(store::store::open(where.location()));
    CHECK(e.kind == status::unsupported);
    CHECK(
        e.message.find("has schema version 7; this qry-host knows versions up to 1") !=
        std::string::npos
    );
    CHECK(e.hint.find("newer qry-host") != std::string::npos);
    where.sql("DELETE FROM {s}schema_version WHERE version = 7");
    CHECK(get(where.open()->get("sales")).version == 1);
}

TEST_CASE("a migration that fails leaves nothing behind, and works once it can") {
    const test_registry where("sqlite");
    const auto db = get(store::connect_sqlite(where.location(), std::chrono::seconds(5)));
    // An object in the way of the last statement but one; the mark makes it look like ours.
    get(db->begin(store::access::write));
    get(db->claim_database());
    get(db->script("CREATE TABLE schema_version (version BIGINT, applied_at BIGINT)"));
    get(db->script("CREATE TABLE claim (x)"));
    get(db->commit());
    failed(store::store::open(where.location()));
    CHECK(where.number("SELECT count(*) FROM sqlite_master WHERE type = 'table'") == 2);
    where.sql("DROP TABLE claim; DROP TABLE schema_version; PRAGMA application_id = 0");
    CHECK(where.open() != nullptr);
}
