#include <chrono>

#include <sqlite3.h>
#include <catch2/catch.hpp>

#include "fixture.hpp"

using namespace qry::test;
using namespace std::chrono_literals;

namespace {

constexpr const char* endless =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";

// Holds the file's write lock until it goes.
class locker {
public:
    explicit locker(const database_file& file) {
        REQUIRE(sqlite3_open(file.path().c_str(), &db_) == SQLITE_OK);
        REQUIRE(sqlite3_exec(db_, "BEGIN EXCLUSIVE", nullptr, nullptr, nullptr) == SQLITE_OK);
    }
    ~locker() { sqlite3_close(db_); }

private:
    sqlite3* db_ = nullptr;
};

}  // namespace

TEST_CASE("a running statement ends soon after its cancel, and the next one is not hit") {
    const auto session = in_memory();
    for (const auto delay : {0us, 50us, 500us, 5000us}) {
        const auto got = session->execute(endless, {.cancel_after = delay});
        REQUIRE_FALSE(got);
        CHECK(got.error().kind == qry::status::query_cancelled);
        CHECK(session->last_call().took() < 2s);
        CHECK(ask(*session, "SELECT 1").rows.at(0).at(0) == "1");
    }
}

TEST_CASE("a cancel without a verb in flight does nothing") {
    const auto session = in_memory();
    session->cancel();
    CHECK(ask(*session, "SELECT 1").rows.size() == 1);
    const std::string sql =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) "
        "SELECT i FROM n";
    REQUIRE(session->execute(qry::conformance::statement{.sql = sql, .batch_rows = 1000}));
    session->cancel();
    const auto rest = session->drain();
    REQUIRE(rest);
    CHECK(rest->size() == 5);
}

TEST_CASE("waiting for a lock ends by a cancel, by the lock timeout and by the deadline") {
    const database_file file("CREATE TABLE t(a)");
    const auto session = file.connect("rw");
    const locker lock(file);
    const auto cancelled = session->execute("SELECT * FROM t", {.cancel_after = 20ms});
    REQUIRE_FALSE(cancelled);
    CHECK(cancelled.error().kind == qry::status::query_cancelled);
    CHECK(session->last_call().took() < 2s);

    const auto late =
        session->execute("SELECT a, 1 FROM t", {.deadline_ns = qry::conformance::after(50ms)});
    REQUIRE_FALSE(late);
    CHECK(late.error().retryable);
    CHECK(session->last_call().took() >= 50ms);
    CHECK(session->last_call().took() < 2s);

    const auto refused = qry::conformance::session::connect(
        plugin(), {.params = {{"path", file.path()}, {"busy_timeout", "20ms"}}}
    );
    REQUIRE_FALSE(refused);
    CHECK(refused.error().retryable);
}

TEST_CASE("a connect that waits for a lock can be cancelled") {
    const database_file file("CREATE TABLE t(a)");
    const locker lock(file);
    const auto got = qry::conformance::session::connect(
        plugin(), {.params = {{"path", file.path()}}}, {.cancel_after = 20ms}
    );
    REQUIRE_FALSE(got);
    CHECK(got.error().kind == qry::status::query_cancelled);
}
