#include <catch2/catch.hpp>

#include <vector>

#include "rig.hpp"

using fake::act;
using fake::inbox;
using fake::rig;
using namespace std::chrono_literals;
using qry::status;

namespace {

// The deadline's bounds: never early, and not later than a slow machine excuses.
void check_lateness(std::int64_t begin, std::int64_t end, qry::duration limit) {
    CHECK(end - begin >= limit.count());
    CHECK(end - begin < (limit + 2s).count());
}

}  // namespace

TEST_CASE(
    "A query over its limit is answered on time, names limit and source, and keeps the session"
) {
    rig r(1);
    r.driver->set({.execute = act::until_cancelled});
    inbox<qry::result_ptr> box;
    const std::int64_t begin = qry::base::now_ns();
    (void)r.runtime->execute(rig::ask(60ms), box.completion());
    auto result = box.take();
    REQUIRE_FALSE(result);
    check_lateness(begin, box.at_ns(), 60ms);
    const qry::error& e = result.error();
    CHECK(e.kind == status::query_timeout);
    CHECK(e.datasource == "sales");
    REQUIRE(e.limit);
    CHECK(e.limit->limit == 60ms);
    CHECK(e.limit->source == "query");
    CHECK(e.limit->elapsed >= 60ms);
    CHECK(e.hint == "raise the timeout given with the query");
    CHECK(r.reaches([](const auto& s) { return s.idle == 1; }));
    CHECK(r.driver->count.closes == 0);
}

TEST_CASE("The datasource's own limit is named as such") {
    rig r(1, 50ms);
    r.driver->set({.execute = act::until_cancelled});
    auto result = r.execute();
    REQUIRE_FALSE(result);
    CHECK(result.error().limit->source == "datasource 'sales'");
    CHECK(result.error().limit->limit == 50ms);
}

TEST_CASE("The limit covers fetching: a reader that waits is told") {
    rig r(1);
    r.driver->set({.next = act::later, .batches = 3, .rows = 1});
    auto result = r.execute(rig::ask(100ms));
    REQUIRE(result);
    fake::script stuck = r.driver->get();
    stuck.next = act::until_cancelled;
    r.driver->set(stuck);
    qry::result<qry::unique_array> batch = rig::next(*result);
    while (batch)
        batch = rig::next(*result);
    CHECK(batch.error().kind == status::query_timeout);
    CHECK(r.reaches([](const auto& s) { return s.idle == 1; }));
}

TEST_CASE("Waiting for a session in vain is a PoolTimeout, on time") {
    rig r(1);
    r.driver->set({.execute = act::until_cancelled});
    inbox<qry::result_ptr> running;
    auto op = r.runtime->execute(rig::ask(), running.completion());
    CHECK(r.reaches([](const auto& s) { return s.in_use == 1; }));
    inbox<qry::result_ptr> box;
    const std::int64_t begin = qry::base::now_ns();
    (void)r.runtime->execute(rig::ask(50ms), box.completion());
    auto result = box.take();
    REQUIRE_FALSE(result);
    check_lateness(begin, box.at_ns(), 50ms);
    CHECK(result.error().kind == status::pool_timeout);
    CHECK(result.error().limit->source == "query");
    CHECK(r.runtime->stats().waiting == 0);
    op->cancel();
    REQUIRE_FALSE(running.take());
}

TEST_CASE("A connect that never ends is a QueryTimeout: there was no session to wait for") {
    rig r(1, 100ms);
    r.driver->set({.connects = {act::hang}});
    auto result = r.execute(rig::ask(50ms));
    REQUIRE_FALSE(result);
    CHECK(result.error().kind == status::query_timeout);
    CHECK(result.error().message.find("connecting") != std::string::npos);
}

TEST_CASE("A limit that is not positive is refused, naming the parameter") {
    rig r;
    const qry::duration bad = GENERATE(qry::duration(0), qry::duration(-1));
    auto result = r.execute(rig::ask(bad));
    REQUIRE_FALSE(result);
    CHECK(result.error().kind == status::invalid_parameter);
    CHECK(result.error().parameter == "timeout");
    CHECK(r.driver->count.connects == 0);
}

TEST_CASE("The longest of limits does not wrap around") {
    rig r;
    CHECK(r.execute(rig::ask(qry::duration::max())));
}

TEST_CASE("A plugin that ignores cancel costs its session after the grace, not the caller") {
    rig r(1);
    r.driver->set({.execute = act::hang});
    inbox<qry::result_ptr> box;
    const std::int64_t begin = qry::base::now_ns();
    (void)r.runtime->execute(rig::ask(50ms), box.completion());
    REQUIRE_FALSE(box.take());
    check_lateness(begin, box.at_ns(), 50ms);
    CHECK(r.reaches([](const auto& s) { return s.destroyed.count("grace passed") == 1; }));
    // Asked at 0, 20, 60, 140, 300, 620 and 1,260 ms.
    CHECK(r.driver->count.cancels >= 5);
    CHECK(r.driver->count.cancels <= 8);
    r.driver->set({});
    CHECK(r.execute());
    CHECK(r.driver->count.closes == 1);
}

TEST_CASE("A failed reset costs the session, and the next query gets another") {
    rig r(1);
    r.driver->set({.reset = act::fail});
    REQUIRE(r.execute());
    CHECK(r.reaches([](const auto& s) { return s.destroyed.count("reset failed") == 1; }));
    CHECK(r.execute());
    CHECK(r.driver->count.connects == 2);
}

TEST_CASE("A session that died while idle is replaced, and the caller never hears of it") {
    rig r(1);
    REQUIRE(r.execute());
    CHECK(r.reaches([](const auto& s) { return s.idle == 1; }));
    SECTION("seen by a look at it") {
        fake::script dead;
        dead.alive = false;
        r.driver->set(dead);
        CHECK(r.execute());
        CHECK(r.driver->count.executes == 2);
        // It calls each new one dead as well, and is believed once.
        CHECK(r.driver->count.connects == 3);
    }
    SECTION("seen by execute, before anything was sent") {
        fake::script once;
        once.execute = act::fail;
        once.failure.kind = status::connection_failed;
        once.failure.retryable = true;
        r.driver->set(once);
        // The fresh session fails as well, and that one is the caller's to know.
        auto result = r.execute();
        REQUIRE_FALSE(result);
        CHECK(result.error().kind == status::connection_failed);
        CHECK(r.driver->count.executes == 3);
        CHECK(r.driver->count.connects == 2);
    }
}

TEST_CASE("A refused connect is the caller's error") {
    rig r(2);
    r.driver->set({.connects = {act::fail}});
    auto result = r.execute();
    REQUIRE_FALSE(result);
    CHECK(result.error().kind == status::connection_failed);
    CHECK(result.error().datasource == "sales");
}

TEST_CASE("Closing to cancel ends what runs and what waits, then all sessions") {
    rig r(1);
    r.driver->set({.execute = act::until_cancelled});
    inbox<qry::result_ptr> running, waiting;
    (void)r.runtime->execute(rig::ask(), running.completion());
    CHECK(r.reaches([](const auto& s) { return s.in_use == 1; }));
    (void)r.runtime->execute(rig::ask(), waiting.completion());
    r.close();
    auto first = running.take();
    auto second = waiting.take();
    REQUIRE_FALSE(first);
    REQUIRE_FALSE(second);
    CHECK(first.error().kind == status::closed);
    CHECK(second.error().kind == status::closed);
    CHECK(r.driver->count.open == 0);
    auto late = r.execute();
    REQUIRE_FALSE(late);
    CHECK(late.error().kind == status::closed);
}

TEST_CASE("Closing to drain lets what runs and what waits come to its end") {
    rig r(1);
    r.driver->set({.next = act::later, .batches = 5, .rows = 1});
    auto open = r.execute();
    REQUIRE(open);
    inbox<qry::result_ptr> waiting;
    (void)r.runtime->execute(rig::ask(), waiting.completion());
    inbox<void> closed;
    r.runtime->close(qry::session::runtime::ending::drain, closed.completion());
    CHECK(closed.empty());
    int rows = 0;
    for (auto batch = rig::next(*open); batch && *batch; batch = rig::next(*open))
        ++rows;
    CHECK(rows == 5);
    auto second = waiting.take();
    REQUIRE(second);
    CHECK(closed.empty());
    for (auto batch = rig::next(*second); batch && *batch; batch = rig::next(*second))
        ++rows;
    CHECK(rows == 10);
    CHECK(closed.take());
    CHECK(r.driver->count.open == 0);
}

TEST_CASE("A connect under way is cancelled by closing") {
    rig r(1);
    r.driver->set({.connects = {act::hang}});
    inbox<qry::result_ptr> box;
    (void)r.runtime->execute(rig::ask(), box.completion());
    r.close();
    auto result = box.take();
    REQUIRE_FALSE(result);
    CHECK(result.error().kind == status::closed);
}

TEST_CASE("A test reports its steps and what the server says of itself") {
    rig r;
    std::vector<std::string> seen;
    inbox<qry::test_report> box;
    (void)r.runtime->test(
        [&](const qry::test_step_report& step) { seen.push_back(step.name); }, box.completion()
    );
    auto report = box.take();
    REQUIRE(report);
    CHECK(report->ok);
    CHECK(report->server_version == "1.2");
    CHECK(seen == std::vector<std::string>{"open", "read"});
    CHECK(report->steps.size() == 2);
}

TEST_CASE("A failed test is a report, not an error") {
    rig r;
    r.driver->set({.execute = act::fail});
    inbox<qry::test_report> box;
    (void)r.runtime->test([](const qry::test_step_report&) {}, box.completion());
    auto report = box.take();
    REQUIRE(report);
    CHECK_FALSE(report->ok);
    REQUIRE(report->failure);
    CHECK(report->failure->message == "scripted");
    CHECK(report->failure->datasource == "sales");
}

TEST_CASE("Introspection hands over three parts in order, on one session") {
    rig r(1);
    const bool no_keys = GENERATE(false, true);
    fake::script plan;
    plan.batches = 2;
    plan.no_keys = no_keys;
    r.driver->set(plan);
    std::vector<int> parts, batches;
    qry::session::introspection_sink sink;
    sink.on_schema = [&](std::int32_t part, qry::unique_schema) { parts.push_back(part); };
    sink.on_batch = [&](std::int32_t part, qry::unique_array) { batches.push_back(part); };
    inbox<void> box;
    (void)r.runtime->introspect(10s, std::move(sink), box.completion());
    REQUIRE(box.take());
    if (no_keys) {
        CHECK(parts == std::vector<int>{1, 2});
        CHECK(batches == std::vector<int>{1, 1, 2, 2});
    } else {
        CHECK(parts == std::vector<int>{1, 2, 3});
        CHECK(batches == std::vector<int>{1, 1, 2, 2, 3, 3});
    }
    CHECK(r.driver->count.connects == 1);
}

TEST_CASE("Before introspection a driver's digest decides whether there is any") {
    rig r(1);
    fake::script plan;
    std::vector<int> parts;
    std::vector<std::string> digests;
    bool go_on = true;
    qry::session::introspection_sink sink;
    sink.on_digest = [&](const std::string& said) {
        digests.push_back(said);
        return go_on;
    };
    sink.on_schema = [&](std::int32_t part, qry::unique_schema) { parts.push_back(part); };
    sink.on_batch = [&](std::int32_t, qry::unique_array) {};
    SECTION("a new one: all is read") {
        plan.digest = "abc";
    }
    SECTION("a known one: nothing is") {
        plan.digest = "abc";
        go_on = false;
    }
    SECTION("a driver without: all is read, and nobody is asked") {}
    r.driver->set(plan);
    inbox<void> box;
    (void)r.runtime->introspect(10s, std::move(sink), box.completion());
    REQUIRE(box.take());
    CHECK(parts == (go_on ? std::vector<int>{1, 2, 3} : std::vector<int>{}));
    CHECK(
        digests ==
        (plan.digest.empty() ? std::vector<std::string>{} : std::vector<std::string>{"abc"})
    );
    // The session is as good as new, either way.
    inbox<qry::result_ptr> next;
    (void)r.runtime->execute(rig::ask(10s), next.completion());
    CHECK(next.take());
    CHECK(r.driver->count.connects == 1);
}

TEST_CASE("Introspection that fails in a part says so, once") {
    rig r(1);
    r.driver->set({.next = act::fail});
    qry::session::introspection_sink sink;
    sink.on_schema = [](std::int32_t, qry::unique_schema) {};
    sink.on_batch = [](std::int32_t, qry::unique_array) {};
    inbox<void> box;
    (void)r.runtime->introspect(10s, std::move(sink), box.completion());
    auto outcome = box.take();
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().kind == status::query_error);
    CHECK(box.times() == 1);
}

TEST_CASE("the pool looks again at the earliest moment, whichever thread named it") {
    rig r(2);
    r.driver->set({.execute = act::until_cancelled});
    inbox<qry::result_ptr> first;
    const auto running = r.runtime->execute(rig::ask(60s), first.completion());
    REQUIRE(r.reaches([](const auto& now) { return now.in_use == 1; }));
    // The pool's timer is on loop 0. The next connect, which is to be made on loop 1, fails, and
    // has to be tried again long before the query's own limit, which loop 0 names first.
    (void)r.loops.next_loop();
    r.driver->set({.connects = {act::fail, act::later}});
    inbox<qry::result_ptr> second;
    boost::asio::post(r.loops.loop(0), [&r, done = second.completion()]() mutable {
        (void)r.runtime->execute(rig::ask(20s), std::move(done));
        for (int round = 0; round < 2; ++round) {
            inbox<void> passed;
            boost::asio::post(r.loops.loop(1), [done = passed.completion()]() mutable {
                done(qry::result<void>());
            });
            (void)passed.take();
        }
    });
    const auto got = second.take();
    INFO((got ? std::string("ok") : got.error().message));
    CHECK(got);
    CHECK(r.driver->count.connects == 3);
    running->cancel();
    CHECK_FALSE(first.take());
}
