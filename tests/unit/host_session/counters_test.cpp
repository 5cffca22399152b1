#include "session/counters.hpp"

#include <catch2/catch.hpp>

#include <thread>
#include <vector>

#include "rig.hpp"

using fake::act;
using fake::inbox;
using fake::rig;
using namespace std::chrono_literals;
using qry::status;

namespace {

// A rig that can be asked what it has counted.
struct counted : rig {
    explicit counted(int max = 1) : rig(max) { replace(max); }
    ~counted() { close(); }

    // As an edit does: another runtime, the same counters.
    void replace(int max) {
        auto what = std::make_shared<qry::session::target>();
        what->datasource = "sales";
        what->driver = "fake";
        what->pool_max_size = max;
        close();
        runtime = qry::session::make_runtime(loops, driver, what, counters);
    }
    [[nodiscard]] qry::datasource_stats stats() const {
        qry::datasource_stats out;
        counters->fill(out);
        return out;
    }
    void read_all(const qry::result_ptr& result) {
        auto batch = next(result);
        while (batch && *batch)
            batch = next(result);
        REQUIRE(batch);
    }

    std::shared_ptr<qry::session::counters> counters = std::make_shared<qry::session::counters>();
};

}  // namespace

TEST_CASE("A query that ends well is counted with its rows, batches, bytes and its time") {
    counted r;
    r.driver->set({.batches = 2, .rows = 3});
    r.read_all(*r.execute());
    const auto s = r.stats();
    CHECK(s.queries == 1);
    CHECK(s.succeeded == 1);
    CHECK(s.in_flight == 0);
    CHECK(s.errors.empty());
    CHECK(s.batches == 2);
    CHECK(s.rows == 6);
    CHECK(s.bytes == 48);
    CHECK(s.latency.total == 1);
    CHECK(s.latency.sum > 0ns);
    CHECK(s.cancels_sent == 0);
}

TEST_CASE("Rows beyond the limit of a query are not counted") {
    counted r;
    r.driver->set({.batches = 2, .rows = 3});
    auto q = rig::ask();
    q.limit = 4;
    r.read_all(*r.execute(std::move(q)));
    CHECK(r.stats().rows == 4);
    CHECK(r.stats().bytes == 32);
}

TEST_CASE("A query that fails is counted under the kind of its error") {
    counted r;
    r.driver->set({.execute = act::fail});
    REQUIRE_FALSE(r.execute());
    REQUIRE_FALSE(r.execute());
    r.driver->set({.connects = {act::fail}, .alive = false});
    REQUIRE_FALSE(r.execute());
    const auto s = r.stats();
    for (const auto& [kind, times] : s.errors)
        UNSCOPED_INFO(kind << ": " << times);
    CHECK(s.queries == 3);
    CHECK(s.succeeded == 0);
    CHECK(
        s.errors == std::map<std::string, std::uint64_t>{{"ConnectionFailed", 1}, {"QueryError", 2}}
    );
    CHECK(s.latency.total == 3);
}

TEST_CASE("A query that is refused at the door counts, and took no time") {
    counted r;
    REQUIRE_FALSE(r.execute(rig::ask(0s)));
    auto q = rig::ask();
    q.limit = -1;
    REQUIRE_FALSE(r.execute(std::move(q)));
    const auto s = r.stats();
    CHECK(s.queries == 2);
    CHECK(s.errors == std::map<std::string, std::uint64_t>{{"InvalidParameter", 2}});
    CHECK(s.in_flight == 0);
    CHECK(s.latency.total == 0);
}

TEST_CASE("A result is in flight until its end, and letting go of it early is no failure") {
    counted r;
    r.driver->set({.next = act::later, .batches = 9, .rows = 1});
    {
        auto result = r.execute();
        REQUIRE(result);
        CHECK(r.stats().in_flight == 1);
        CHECK(r.stats().succeeded == 0);
    }
    CHECK(r.reaches([](const auto& s) { return s.idle == 1; }));
    const auto s = r.stats();
    CHECK(s.in_flight == 0);
    CHECK(s.succeeded == 1);
    CHECK(s.errors.empty());
}

TEST_CASE("A cancel that the plugin honours is confirmed, however often it was sent") {
    counted r;
    r.driver->set({.execute = act::until_cancelled});
    inbox<qry::result_ptr> box;
    auto op = r.runtime->execute(rig::ask(), box.completion());
    CHECK(r.reaches([](const auto& s) { return s.in_use == 1; }));
    op->cancel();
    REQUIRE_FALSE(box.take());
    CHECK(r.reaches([](const auto& s) { return s.idle == 1; }));
    const auto s = r.stats();
    CHECK(s.cancels_sent == 1);
    CHECK(s.cancels_confirmed == 1);
    CHECK(s.cancels_escalated == 0);
    CHECK(s.errors == std::map<std::string, std::uint64_t>{{"QueryCancelled", 1}});
    CHECK(s.pool.cancelled == 1);
}

TEST_CASE("A cancel that the plugin ignores is escalated") {
    counted r;
    r.driver->set({.execute = act::hang});
    REQUIRE_FALSE(r.execute(rig::ask(20ms)));
    CHECK(r.reaches([](const auto& s) { return s.destroyed.count("grace passed") == 1; }));
    const auto s = r.stats();
    CHECK(s.cancels_sent == 1);
    CHECK(s.cancels_confirmed == 0);
    CHECK(s.cancels_escalated == 1);
    CHECK(s.errors == std::map<std::string, std::uint64_t>{{"QueryTimeout", 1}});
    CHECK(s.pool.timeouts == 1);
}

TEST_CASE("Leaving the queue counts as it was left, and asks no plugin for anything") {
    counted r;
    r.driver->set({.execute = act::until_cancelled});
    inbox<qry::result_ptr> running, waiting;
    auto first = r.runtime->execute(rig::ask(), running.completion());
    CHECK(r.reaches([](const auto& s) { return s.in_use == 1; }));
    auto second = r.runtime->execute(rig::ask(), waiting.completion());
    CHECK(r.stats().in_flight == 2);
    second->cancel();
    REQUIRE_FALSE(waiting.take());
    REQUIRE_FALSE(r.execute(rig::ask(10ms)));
    const auto s = r.stats();
    CHECK(
        s.errors == std::map<std::string, std::uint64_t>{{"PoolTimeout", 1}, {"QueryCancelled", 1}}
    );
    CHECK(s.cancels_sent == 0);
    CHECK(s.in_flight == 1);
    first->cancel();
    REQUIRE_FALSE(running.take());
}

TEST_CASE("What was counted survives the runtime; what stands open goes with it") {
    counted r;
    r.read_all(*r.execute());
    CHECK(r.reaches([](const auto& s) { return s.idle == 1; }));
    CHECK(r.stats().pool.size == 1);
    r.replace(2);
    r.settle();
    const auto between = r.stats();
    CHECK(between.queries == 1);
    CHECK(between.pool.size == 0);
    CHECK(between.pool.created == 1);
    CHECK(between.pool.acquired == 1);
    CHECK(between.pool.destroyed == std::map<std::string, std::uint64_t>{{"closed", 1}});
    r.read_all(*r.execute());
    const auto after = r.stats();
    CHECK(after.queries == 2);
    CHECK(after.pool.created == 2);
    CHECK(after.pool.acquired == 2);
    CHECK(after.rows == 6);
}

TEST_CASE("Reading the schema is no query, and still its cancel counts") {
    counted r;
    r.driver->set({.execute = act::until_cancelled});
    inbox<void> box;
    auto op =
        r.runtime->introspect(30s, {{}, [](auto, auto) {}, [](auto, auto) {}}, box.completion());
    CHECK(r.reaches([](const auto& s) { return s.in_use == 1; }));
    op->cancel();
    REQUIRE_FALSE(box.take());
    CHECK(r.reaches([](const auto& s) { return s.idle == 1; }));
    CHECK(r.stats().queries == 0);
    CHECK(r.stats().cancels_confirmed == 1);
}

TEST_CASE("A duration falls into the bucket whose bound it does not pass") {
    qry::session::counters c;
    const auto took = [&](qry::duration t) {
        c.began();
        c.succeeded(t);
    };
    took(100us);
    took(100us + 1ns);
    took(600s);
    took(600s + 1ns);
    qry::datasource_stats s;
    c.fill(s);
    CHECK(s.latency.counts[0] == 1);
    CHECK(s.latency.counts[1] == 1);
    CHECK(s.latency.counts[15] == 1);
    CHECK(s.latency.counts[16] == 1);
    CHECK(s.latency.total == 4);
    CHECK(s.latency.sum == 1200s + 200us + 2ns);
}

TEST_CASE("A reader never sees more queries end than began") {
    qry::session::counters c;
    constexpr int each = 20'000;
    std::vector<std::thread> writers;
    for (int i = 0; i < 2; ++i) {
        writers.emplace_back([&c] {
            for (int n = 0; n < each; ++n) {
                c.began();
                n % 2 == 0 ? c.succeeded(1us) : c.failed(status::query_error, 1us);
            }
        });
    }
    qry::datasource_stats seen;
    while (seen.queries < 2 * each) {
        seen = {};
        c.fill(seen);
        const std::uint64_t failed = seen.errors.empty() ? 0 : seen.errors.begin()->second;
        REQUIRE(seen.queries == seen.succeeded + failed + seen.in_flight);
        REQUIRE(seen.in_flight <= 2 * each);
    }
    for (std::thread& one : writers)
        one.join();
    seen = {};
    c.fill(seen);
    CHECK(seen.succeeded == each);
    CHECK(seen.errors.at("QueryError") == each);
    CHECK(seen.in_flight == 0);
}
