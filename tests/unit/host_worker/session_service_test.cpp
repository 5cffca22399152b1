#include "worker/session_service.hpp"

#include <catch2/catch.hpp>

#include "base/clock.hpp"
#include "fake_driver.hpp"
#include "host_end.hpp"

using namespace qry;
using wire::frame_type;

namespace {

error refused() {
    return {.kind = status::query_error, .message = "relation \"x\" does not exist"};
}

// A service and its host on one loop, which the test runs.
struct rig {
    boost::asio::io_context loop{1};
    std::shared_ptr<fake::control> plugin = std::make_shared<fake::control>(fake::control{loop});
    std::shared_ptr<wire::segment_source> memory =
        std::make_shared<wire::segment_source>(64U << 20);
    std::string violation;
    int emptied = 0;
    std::shared_ptr<worker::session_service> service;
    std::unique_ptr<host_end::peer> host;
    int living = 0;

    rig() {
        auto [ours, theirs] = host_end::socket_pair();
        service = std::make_shared<worker::session_service>(
            loop,
            3,
            std::make_shared<fake::driver>(plugin),
            memory,
            wire::lane::make(loop, std::move(theirs)),
            worker::service_events{
                .on_violation = [this](error why) { violation = why.message; },
                .on_empty = [this] { ++emptied; }}
        );
        service->start();
        host = std::make_unique<host_end::peer>(loop, std::move(ours));
    }
    ~rig() {
        // The lane holds the service until it is closed, and the completions the channels.
        host.reset();
        while (loop.poll() != 0)
            loop.restart();
        plugin->forget();
        service.reset();
    }
    void calls(const std::string& last) {
        host->run_until([&] { return !plugin->calls.empty() && plugin->calls.back() == last; });
    }
    void connect(std::uint32_t channel = 1) {
        host->connect(channel);
        calls("connect");
        plugin->on_connect(std::unique_ptr<backend::session>(new fake::session(plugin)));
        CHECK(host->expect(frame_type::connected).header.channel == channel);
    }
    void execute(std::uint32_t credit = 4, std::uint32_t verb = 2) {
        host->execute(1, verb, credit, "s");
        calls("execute s");
    }
    void head() { plugin->on_head(backend::head{.schema = fake::make_schema()}); }
    void batch(std::size_t rows) {
        plugin->on_batch(backend::batch{.rows = fake::make_batch(rows, living)});
    }
    void end() { plugin->on_batch(backend::batch{.rows = {}, .rows_affected = 5}); }
};

}  // namespace

TEST_CASE("a session is connected on the loop of its lane") {
    rig r;
    r.connect();
    CHECK(r.plugin->connected_on == 3);
    CHECK(r.service->channels() == 1);
}

TEST_CASE("a connect that fails says why, and its channel is gone") {
    rig r;
    r.host->connect(1);
    r.calls("connect");
    r.plugin->on_connect(refused());
    CHECK(r.host->expect<wire::failed>(frame_type::failed).why.message == refused().message);
    CHECK(r.service->channels() == 0);
    // Sent before the host knew.
    r.host->lane().send(frame_type::cancel, 1, 1);
    r.host->timed(frame_type::close, 1, 2);
    CHECK(r.host->expect(frame_type::done).header.verb == 2);
    CHECK(r.violation.empty());
}

TEST_CASE("a test tells its steps and facts as they happen, then that it is done") {
    rig r;
    r.host->connect(1, true);
    r.calls("test");
    r.plugin->reports.on_step({.name = "tcp", .ok = true, .elapsed = duration(5)});
    CHECK(r.host->expect<test_step_report>(frame_type::step).name == "tcp");
    r.plugin->reports.on_info("server_version", "15.4");
    CHECK(r.host->expect<wire::info>(frame_type::info).value == "15.4");
    r.plugin->on_test(result<void>());
    (void)r.host->expect(frame_type::done);
    CHECK(r.service->channels() == 0);
}

TEST_CASE("a small result is head, batch and end, and leaves the session clean") {
    rig r;
    r.connect();
    r.execute();
    r.head();
    r.batch(3);
    r.end();
    CHECK(r.plugin->calls.back() == "reset");
    CHECK(r.host->expect<wire::head>(frame_type::head).schema.size() > 0);
    (void)r.host->expect(frame_type::batch);
    r.plugin->on_reset(result<void>());
    const auto ended = r.host->expect<wire::ended>(frame_type::ended);
    CHECK(ended.reset_done);
    CHECK(ended.rows_affected == 5);
    // Small enough for its frame.
    CHECK(r.living == 0);
    CHECK(r.service->batches_out() == 0);
}

TEST_CASE("a large batch stays until it is given back, in a segment that was announced before") {
    rig r;
    r.connect();
    r.execute();
    r.head();
    // 80 000 bytes in no segment: copied.
    r.batch(10'000);
    (void)r.host->expect(frame_type::head);
    const auto segment = r.host->expect(frame_type::segment);
    CHECK(segment.descriptor.get() >= 0);
    (void)r.host->expect(frame_type::batch);
    CHECK(r.service->batches_out() == 1);
    CHECK(r.living == 1);
    r.host->lane().send(frame_type::give_back, 0, 0, wire::give_back{1});
    r.host->run_until([&] { return r.service->batches_out() == 0; });
    CHECK(r.living == 0);
    // The second one finds the segment known, and what was copied free again.
    r.batch(10'000);
    (void)r.host->expect(frame_type::batch);
    CHECK(r.memory->after(1).empty());
}

TEST_CASE("without shared memory for a batch its statement fails") {
    rig r;
    void* all = r.memory->alloc(64U << 20);
    REQUIRE(all != nullptr);
    r.connect();
    r.execute();
    r.head();
    (void)r.host->expect(frame_type::head);
    r.batch(10'000);
    const auto why = r.host->expect<wire::failed>(frame_type::failed).why;
    CHECK(why.kind == status::resource_limit);
    CHECK(r.living == 0);
    CHECK(r.plugin->count("next") == 1);
    r.memory->free(all, 64U << 20);
}

TEST_CASE("batches stop at the credit, and more credit brings more") {
    rig r;
    r.connect();
    r.execute(2);
    r.head();
    r.batch(1);
    r.batch(1);
    CHECK(r.plugin->count("next") == 2);
    r.host->lane().send(frame_type::credit, 1, 2, wire::credit{1});
    r.host->run_until([&] { return r.plugin->count("next") == 3; });
    CHECK(r.violation.empty());
}

TEST_CASE("a cancel is pressed again until the verb ends, and not after") {
    rig r;
    r.connect();
    r.execute();
    const auto begin = base::now_ns();
    r.host->lane().send(frame_type::cancel, 1, 2);
    r.host->run_until([&] { return r.plugin->count("cancel") == 3; });
    // 20 and then 40 ms after the first.
    CHECK(base::now_ns() - begin >= 60'000'000);
    r.plugin->on_head(refused());
    (void)r.host->expect(frame_type::failed);
    const auto until = base::now_ns() + 200'000'000;
    r.host->run_until([&] { return base::now_ns() > until; });
    CHECK(r.plugin->count("cancel") == 3);
}

TEST_CASE("a cancel during connect reaches the attempt") {
    rig r;
    r.host->connect(1);
    r.calls("connect");
    r.host->lane().send(frame_type::cancel, 1, 1);
    r.calls("cancel connect");
    r.plugin->on_connect(refused());
    (void)r.host->expect(frame_type::failed);
}

TEST_CASE("a reset during read-ahead waits for the plugin's verb") {
    rig r;
    r.connect();
    r.execute();
    r.head();
    (void)r.host->expect(frame_type::head);
    r.host->timed(frame_type::reset, 1, 3);
    r.calls("cancel");
    CHECK(r.plugin->count("reset") == 0);
    r.batch(3);
    CHECK(r.plugin->calls.back() == "reset");
    CHECK(r.living == 0);
    r.plugin->on_reset(result<void>());
    CHECK(r.host->expect(frame_type::done).header.verb == 3);
}

TEST_CASE("a close over a verb that hangs abandons it at the close's own deadline") {
    rig r;
    r.connect();
    r.execute();
    r.host->lane().send(frame_type::close, 1, 3, wire::timed{.remaining_ns = 30'000'000});
    r.host->run_until([&] { return r.plugin->count("close") == 1; });
    // As the contract has it: first the verb that hung, then the close.
    r.plugin->on_head(refused());
    r.plugin->on_close(result<void>());
    CHECK(r.host->expect(frame_type::done).header.verb == 3);
    CHECK(r.service->channels() == 0);
}

TEST_CASE("a session that died while idle fails the next statement as one to be tried again") {
    rig r;
    r.connect();
    r.execute();
    r.plugin->on_head(backend::head{.schema = {}, .rows_affected = 1});
    r.plugin->on_reset(result<void>());
    (void)r.host->expect(frame_type::head);
    (void)r.host->expect(frame_type::ended);
    r.plugin->alive = false;
    r.host->execute(1, 3, 4, "again");
    const auto why = r.host->expect<wire::failed>(frame_type::failed).why;
    CHECK(why.kind == status::connection_failed);
    CHECK(why.retryable);
    CHECK(r.plugin->count("execute again") == 0);
}

TEST_CASE("the death of an idle session is told within two seconds, once") {
    rig r;
    r.connect();
    r.plugin->alive = false;
    CHECK(r.host->expect(frame_type::died).header.channel == 1);
    const auto until = base::now_ns() + 1'100'000'000;
    r.host->run_until([&] { return base::now_ns() > until; });
    CHECK(r.host->quiet());
}

TEST_CASE("a ping is answered with its cookie") {
    rig r;
    r.host->lane().send(frame_type::ping, 0, 0, wire::ping{77});
    CHECK(r.host->expect<wire::ping>(frame_type::pong).cookie == 77);
}

TEST_CASE("notices of a running statement reach the host under its verb") {
    rig r;
    r.connect();
    r.execute(4, 9);
    r.plugin->reports.on_notice({.severity = "NOTICE", .message = "hello"});
    CHECK(r.host->expect(frame_type::notice).header.verb == 9);
}

TEST_CASE("a draining service refuses new channels and is empty when the last has closed") {
    rig r;
    r.connect();
    r.service->drain();
    CHECK(r.emptied == 0);
    r.host->connect(2);
    const auto why = r.host->expect<wire::failed>(frame_type::failed).why;
    CHECK(why.kind == status::closed);
    CHECK(why.retryable);
    r.host->timed(frame_type::close, 1, 2);
    r.calls("close");
    r.plugin->on_close(result<void>());
    (void)r.host->expect(frame_type::done);
    CHECK(r.emptied == 1);
}

TEST_CASE("when the host hangs up what runs is cancelled and closed") {
    rig r;
    r.connect();
    r.execute();
    r.host->hang_up();
    r.calls("cancel");
    r.plugin->on_head(refused());
    CHECK(r.plugin->calls.back() == "close");
    r.plugin->on_close(result<void>());
    CHECK(r.emptied == 1);
    CHECK(r.violation.empty());
}

TEST_CASE("what the host may not say breaks the lane, and is named") {
    rig r;
    r.connect();
    SECTION("a channel that never was") {
        r.host->timed(frame_type::reset, 9, 1);
        r.host->run_until([&] { return !r.violation.empty(); });
        CHECK(r.violation == "frame 7 came for channel 9, which does not exist");
    }
    SECTION("a channel opened twice") {
        r.host->connect(1);
        r.host->run_until([&] { return !r.violation.empty(); });
        CHECK(r.violation == "channel 1 was opened after channel 1");
    }
    SECTION("a verb during a verb") {
        r.execute();
        r.host->execute(1, 3, 1, "t");
        r.host->run_until([&] { return !r.violation.empty(); });
        CHECK(r.violation == "channel 1: execute came while the channel was executing");
    }
    SECTION("a batch that is not out") {
        r.host->lane().send(frame_type::give_back, 0, 0, wire::give_back{4});
        r.host->run_until([&] { return !r.violation.empty(); });
        CHECK(r.violation == "batch 4 came back, and is not out");
    }
    SECTION("a worker's frame") {
        r.host->lane().send(frame_type::connected, 1, 2);
        r.host->run_until([&] { return !r.violation.empty(); });
        CHECK_FALSE(r.violation.empty());
    }
    SECTION("a payload that ends early") {
        r.host->lane().send(frame_type::execute, 1, 2);
        r.host->run_until([&] { return !r.violation.empty(); });
        CHECK(r.violation.find("execute") != std::string::npos);
    }
}
