#include "supervisor/remote_session.hpp"

#include <csignal>
#include <cstring>
#include <functional>

#include <catch2/catch.hpp>

#include "rig.hpp"

using namespace fake;
using qry::status;
using qry::supervisor::death;
using qry::supervisor::death_cause;
using qry::wire::frame_type;
namespace wire = qry::wire;

namespace {

const death segv{death_cause::signal, SIGSEGV, {}};

std::int64_t first_number(const qry::unique_array& rows) {
    std::int64_t value = 0;
    std::memcpy(&value, rows->children[0]->buffers[1], sizeof(value));
    return value;
}

}  // namespace

TEST_CASE("a query goes there and back, and its session is clean without another frame") {
    rig r;
    auto session = r.session();
    auto head = session.execute("select 7");
    const frame asked = r.lane().expect(frame_type::execute);
    const auto m = asked.as<wire::execute>();
    CHECK(m.sql == "select 7");
    CHECK(m.credit == 2);
    CHECK(m.query_id == "q1");
    CHECK(m.remaining_ns > 29'000 * ms);
    r.answer(asked.header.verb);
    REQUIRE(head.take());
    auto first = session.next().take();
    REQUIRE(first);
    REQUIRE(first->rows);
    CHECK(first_number(first->rows) == 7);
    auto end = session.next().take();
    REQUIRE(end);
    CHECK_FALSE(end->rows);
    CHECK(end->rows_affected == 1);
    CHECK(session.reset().take());
    CHECK(session.alive());
    CHECK(r.lane().silent_for(50));
}

TEST_CASE("a statement that no frame can hold is refused, and its session goes on") {
    rig r;
    auto session = r.session();
    auto refused = session.execute(std::string(wire::max_payload, 'x')).take();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == status::resource_limit);
    CHECK(refused.error().message.find(std::to_string(wire::max_payload)) != std::string::npos);
    auto head = session.execute("select 7");
    r.answer(r.lane().expect(frame_type::execute).header.verb);
    CHECK(head.take());
}

TEST_CASE("a statement without rows needs no reset of its own") {
    rig r;
    auto session = r.session();
    auto head = session.execute("delete from t");
    const auto verb = r.lane().expect(frame_type::execute).header.verb;
    r.lane().say(frame_type::head, r.channel, verb, wire::head{.rows_affected = 3});
    auto got = head.take();
    REQUIRE(got);
    CHECK_FALSE(got->schema);
    auto reset = session.reset();
    CHECK(r.lane().silent_for(20));
    SECTION("the end says that it is done") {
        r.lane().say(
            frame_type::ended, r.channel, verb, wire::ended{.rows_affected = 3, .reset_done = true}
        );
        CHECK(reset.take());
    }
    SECTION("the end says that it failed, and it is asked for") {
        r.lane().say(frame_type::ended, r.channel, verb, wire::ended{.rows_affected = 3});
        const frame asked = r.lane().expect(frame_type::reset);
        CHECK(asked.header.verb == verb + 1);
        r.lane().say(frame_type::done, r.channel, asked.header.verb);
        CHECK(reset.take());
    }
}

TEST_CASE("every batch read is paid for with a credit until the end is known") {
    rig r;
    auto session = r.session();
    auto head = session.execute("select n");
    const auto verb = r.lane().expect(frame_type::execute).header.verb;
    r.lane().say(frame_type::head, r.channel, verb, number_head());
    REQUIRE(head.take());
    for (std::int64_t i = 0; i < 5; ++i) {
        r.lane().raw(frame_type::batch, r.channel, verb, number_batch({i}));
        auto batch = session.next().take();
        REQUIRE(batch);
        CHECK(first_number(batch->rows) == i);
        const frame credit = r.lane().expect(frame_type::credit);
        CHECK(credit.as<wire::credit>().batches == 1);
        CHECK(credit.header.verb == verb);
    }
}

TEST_CASE("a cancel is one frame, however often it is pressed") {
    rig r;
    auto session = r.session();
    auto head = session.execute("select pg_sleep(60)");
    const auto verb = r.lane().expect(frame_type::execute).header.verb;
    for (int i = 0; i < 5; ++i)
        session.cancel();
    CHECK(r.lane().expect(frame_type::cancel).header.verb == verb);
    CHECK(r.lane().silent_for(50));
    r.lane().say(
        frame_type::failed,
        r.channel,
        verb,
        wire::failed{{.kind = status::query_cancelled, .message = "cancelled"}}
    );
    CHECK(head.take().error().kind == status::query_cancelled);
    auto reset = session.reset();
    const frame asked = r.lane().expect(frame_type::reset);
    r.lane().say(frame_type::done, r.channel, asked.header.verb);
    CHECK(reset.take());
    CHECK(session.alive());
}

TEST_CASE("what comes late of a result that was reset is taken and dropped") {
    rig r;
    auto session = r.session();
    auto head = session.execute("select n");
    const auto verb = r.lane().expect(frame_type::execute).header.verb;
    r.lane().say(frame_type::head, r.channel, verb, number_head());
    REQUIRE(head.take());
    auto reset = session.reset();
    const frame asked = r.lane().expect(frame_type::reset);
    r.lane().raw(frame_type::batch, r.channel, verb, number_batch({1}));
    r.lane().raw(frame_type::batch, r.channel, verb, number_batch({2}));
    r.lane().say(frame_type::done, r.channel, asked.header.verb);
    CHECK(reset.take());
    head = session.execute("select 7");
    r.answer(r.lane().expect(frame_type::execute).header.verb);
    REQUIRE(head.take());
    CHECK(first_number(session.next().take()->rows) == 7);
    CHECK_FALSE(r.worker->killed());
}

TEST_CASE("a worker that dies is told of by every verb in flight, once, and by nobody else") {
    rig r;
    auto session = r.session();
    const std::string crashed = "plugin 'fake' crashed (signal 11, SIGSEGV) while ";

    SECTION("executing") {
        auto head = session.execute("select boom()");
        (void)r.lane().expect(frame_type::execute);
        r.worker->die(segv);
        const auto got = head.take();
        REQUIRE_FALSE(got);
        CHECK(got.error().kind == status::plugin_crashed);
        CHECK(got.error().message == crashed + "executing query q1");
        CHECK(got.error().from == qry::origin::plugin);
        CHECK_FALSE(got.error().hint.empty());
        CHECK(head.times() == 1);
    }
    SECTION("fetching") {
        auto head = session.execute("select n");
        const auto verb = r.lane().expect(frame_type::execute).header.verb;
        r.lane().say(frame_type::head, r.channel, verb, number_head());
        REQUIRE(head.take());
        auto batch = session.next();
        r.worker->die(segv);
        CHECK(batch.take().error().message == crashed + "executing query q1");
        CHECK(batch.times() == 1);
        CHECK(session.next().take().error().kind == status::plugin_crashed);
    }
    SECTION("resetting") {
        auto head = session.execute("select n");
        const auto verb = r.lane().expect(frame_type::execute).header.verb;
        r.lane().say(frame_type::head, r.channel, verb, number_head());
        REQUIRE(head.take());
        auto reset = session.reset();
        (void)r.lane().expect(frame_type::reset);
        r.worker->die(segv);
        CHECK(reset.take().error().message == crashed + "resetting the session of query q1");
    }
    SECTION("closing") {
        auto closed = session.close();
        (void)r.lane().expect(frame_type::close);
        r.worker->die(segv);
        CHECK(closed.take());
    }
    SECTION("idle") {
        r.worker->die(segv);
        // A connect that is answered by a new worker shows that the death is known by now.
        auto again = r.connect();
        r.worker = r.nest.next_ready();
        auto other = r.finish(again);
        CHECK_FALSE(session.alive());
        const auto late = session.execute("select 1").take();
        REQUIRE_FALSE(late);
        CHECK(late.error().kind == status::connection_failed);
        CHECK(late.error().retryable);
        CHECK(session.close().take());
        CHECK(other.alive());
    }
}

TEST_CASE("a death by a cap is a resource limit that names cap and value") {
    rig r;
    auto session = r.session();
    auto head = session.execute("select hog()");
    (void)r.lane().expect(frame_type::execute);
    r.worker->die({death_cause::resource, 0, "1.2 GiB of memory, over the cap of 1 GiB"});
    const auto got = head.take();
    REQUIRE_FALSE(got);
    CHECK(got.error().kind == status::resource_limit);
    CHECK(
        got.error().message ==
        "plugin 'fake' was stopped (1.2 GiB of memory, over the cap of 1 GiB) while executing "
        "query q1"
    );
}

TEST_CASE("what came before the death is still read") {
    rig r;
    auto session = r.session();
    auto head = session.execute("select n");
    const auto verb = r.lane().expect(frame_type::execute).header.verb;
    r.lane().say(frame_type::head, r.channel, verb, number_head());
    r.lane().raw(frame_type::batch, r.channel, verb, number_batch({41}));
    REQUIRE(head.take());
    // Behind the batch on the same socket.
    r.lane().say(frame_type::notice, r.channel, verb, qry::query_notice{"NOTICE", "", "hello"});
    r.lane().hang_up();
    r.worker->die(segv);
    auto batch = session.next().take();
    REQUIRE(batch);
    CHECK(first_number(batch->rows) == 41);
    CHECK(session.next().take().error().kind == status::plugin_crashed);
}

TEST_CASE("frames that make no sense end the worker and not the host") {
    rig r;
    auto session = r.session();
    auto head = session.execute("select n");
    const auto verb = r.lane().expect(frame_type::execute).header.verb;
    const std::vector<std::byte> junk(40, std::byte{0xAB});
    const std::uint32_t channel = r.channel;
    using step = std::function<void(peer&)>;
    const step hostile = GENERATE_COPY(values<step>({
        [=](peer& p) { p.bytes(junk.data(), junk.size()); },
        [=](peer& p) { p.raw(frame_type::head, channel, verb, junk); },
        [=](peer& p) { p.raw(frame_type::failed, channel, verb, junk); },
        [=](peer& p) { p.raw(frame_type::notice, channel, verb, junk); },
        [=](peer& p) { p.raw(frame_type::batch, channel, verb, number_batch({1})); },
        [=](peer& p) { p.say(frame_type::ended, channel, verb, wire::ended{}); },
        [=](peer& p) { p.say(frame_type::done, channel, verb); },
        [=](peer& p) { p.say(frame_type::connected, channel, verb); },
        [=](peer& p) { p.say(frame_type::head, channel, verb + 1, number_head()); },
        [=](peer& p) { p.say(frame_type::head, channel, verb - 1, number_head()); },
        [=](peer& p) { p.say(frame_type::head, channel + 1, verb, number_head()); },
        [=](peer& p) { p.say(frame_type::pong, 0, 0, wire::ping{.cookie = 99}); },
        [=](peer& p) {
            p.say(frame_type::segment, 0, 0, wire::segment{1, 4096});
        },
        [=](peer& p) { p.say(frame_type::ready, 0, 0, wire::ready{}); },
        [=](peer& p) { p.say(frame_type::cancel, channel, verb); },
        [=](peer& p) { p.raw(static_cast<frame_type>(777), channel, verb, {}); },
        [=](peer& p) {
            p.say(frame_type::head, channel, verb, number_head());
            p.raw(frame_type::batch, channel, verb, junk);
        },
        [=](peer& p) {
            // The reader would pay for the third otherwise.
            p.hold();
            p.say(frame_type::head, channel, verb, number_head());
            for (std::int64_t i = 0; i < 3; ++i)
                p.raw(frame_type::batch, channel, verb, number_batch({i}));
            p.let_go();
        },
        [=](peer& p) {
            p.say(frame_type::head, channel, verb, number_head());
            p.raw(frame_type::batch, channel, verb, number_batch({}));
        },
        [=](peer& p) {
            p.say(frame_type::head, channel, verb, number_head());
            p.say(frame_type::head, channel, verb, number_head());
        },
    }));
    hostile(r.lane());
    auto got = head.take();
    // A head may have been in order; then the next read hears of it.
    while (got) {
        auto batch = session.next().take();
        if (batch) {
            REQUIRE(batch->rows);
            continue;
        }
        got = batch.error();
    }
    INFO(got.error().message);
    CHECK(got.error().kind == status::plugin_error);
    CHECK(got.error().message.find("worker dropped") != std::string::npos);
    CHECK(r.worker->killed());
    CHECK_FALSE(session.alive());
    auto again = r.connect();
    r.worker = r.nest.next_ready();
    CHECK(r.finish(again).alive());
}

TEST_CASE("a statement that was inside the plugin at two crashes is refused; another runs") {
    rig r;
    auto session = std::make_unique<held_session>(r.session());
    const auto replace = [&] {
        auto again = r.connect();
        r.worker = r.nest.next_ready();
        session = std::make_unique<held_session>(r.finish(again));
    };
    for (int i = 0; i < 2; ++i) {
        auto head = session->execute("select boom()");
        (void)r.lane().expect(frame_type::execute);
        r.worker->record_flight(SIGSEGV, 0, r.channel);
        // Behind the page on the control lane: once it was logged, the page is there.
        r.worker->die_after_control(segv);
        REQUIRE(head.take().error().kind == status::plugin_crashed);
        replace();
    }
    const auto refused = session->execute("select boom()").take();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == status::plugin_crashed);
    CHECK(refused.error().message.find("is refused for") != std::string::npos);
    auto head = session->execute("select 7");
    r.answer(r.lane().expect(frame_type::execute).header.verb);
    CHECK(head.take());
}

TEST_CASE("a statement is not blamed for a worker that somebody killed") {
    rig r;
    auto session = std::make_unique<held_session>(r.session());
    for (int i = 0; i < 3; ++i) {
        auto head = session->execute("select 1");
        (void)r.lane().expect(frame_type::execute);
        r.worker->record_flight(0, 0, r.channel);
        r.worker->die_after_control({death_cause::signal, SIGKILL, {}});
        CHECK(
            head.take().error().message ==
            "plugin 'fake' crashed (signal 9, SIGKILL) while executing query q1"
        );
        auto again = r.connect();
        r.worker = r.nest.next_ready();
        session = std::make_unique<held_session>(r.finish(again));
    }
}

TEST_CASE("a verb that hangs does not hold its session, and its worker is replaced") {
    rig r;
    auto session = r.session();
    auto head = session.execute("select hang()");
    (void)r.lane().expect(frame_type::execute);
    const std::int64_t before = qry::base::now_ns();
    auto closed = session.close();
    CHECK(head.take().error().kind == status::plugin_error);
    CHECK(closed.take());
    CHECK(closed.at_ns() - before < 10'000 * ms);
    (void)r.lane().expect(frame_type::close);
    // Pings are answered: the loop is well, but the session does not end.
    auto& lane = r.lane();
    CHECK_THROWS(lane.expect(frame_type::give_back));
    CHECK(r.worker->killed());
    CHECK(qry::base::now_ns() - before >= 1'900 * ms);
    auto again = r.connect();
    r.worker = r.nest.next_ready();
    CHECK(r.finish(again).alive());
}

TEST_CASE("a worker whose loop stands still past all deadlines is killed after a second") {
    rig r;
    auto session = r.session();
    auto head = session.execute("select spin()", 100);
    (void)r.lane().expect(frame_type::execute);
    const std::int64_t before = qry::base::now_ns();
    const auto got = head.take();
    REQUIRE_FALSE(got);
    CHECK(got.error().kind == status::plugin_crashed);
    CHECK(got.error().message.find("held up its loop") != std::string::npos);
    CHECK(r.worker->killed());
    const std::int64_t took = head.at_ns() - before;
    CHECK(took >= 1'000 * ms);
    CHECK(took < 15'000 * ms);
}

TEST_CASE("a connection lost before anybody has its session is a failed connect, and nothing worse"
) {
    rig r;
    auto box = r.connect();
    r.worker = r.nest.next_ready();
    const frame asked = r.lane().expect(frame_type::connect);
    r.lane().hold();
    r.lane().say(frame_type::connected, asked.header.channel, asked.header.verb);
    r.lane().say(frame_type::died, asked.header.channel, asked.header.verb);
    r.lane().let_go();
    const auto got = box.take();
    REQUIRE_FALSE(got);
    CHECK(got.error().kind == status::connection_failed);
    CHECK(got.error().retryable);
    const frame close = r.lane().expect(frame_type::close);
    CHECK(close.header.channel == asked.header.channel);
    r.lane().say(frame_type::done, close.header.channel, close.header.verb);
    auto again = r.connect();
    CHECK(r.finish(again).alive());
    CHECK_FALSE(r.worker->killed());
}

TEST_CASE("a connection lost while idle is seen before the session is used") {
    rig r;
    auto session = r.session();
    r.lane().say(frame_type::died, r.channel, 1);
    // Behind it on the same lane.
    auto again = r.connect();
    auto other = r.finish(again);
    CHECK_FALSE(session.alive());
    CHECK(other.alive());
    auto closed = session.close();
    const frame asked = r.lane().expect(frame_type::close);
    r.lane().say(frame_type::done, asked.header.channel, asked.header.verb);
    CHECK(closed.take());
}
