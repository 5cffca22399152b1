#include "supervisor/fleet.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>

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

struct folder {
    folder() {
        char name[] = "/tmp/qry-fleet-XXXXXX";
        path = mkdtemp(name);
        write("libqry_fake.so", "one");
        write("qry-plugin.json", "{}");
    }
    ~folder() { std::filesystem::remove_all(path); }
    // By rename, as an installer does.
    void write(const std::string& file, const std::string& text) const {
        std::ofstream(path / "new") << text;
        std::filesystem::rename(path / "new", path / file);
    }
    std::filesystem::path path;
};

}  // namespace

TEST_CASE("nothing is started before somebody connects, and then one for all") {
    rig r;
    CHECK(r.nest.launched() == 0);
    auto first = r.connect();
    auto second = r.connect();
    r.worker = r.nest.next_ready();
    auto a = r.finish(first);
    auto b = r.finish(second);
    CHECK(r.nest.launched() == 1);
    const auto figures = r.workers.figures(std::chrono::seconds(5));
    REQUIRE(figures.size() == 1);
    CHECK(figures[0].count->starts == 1);
    CHECK(figures[0].count->sessions == 2);
    REQUIRE(figures[0].workers.size() == 1);
    CHECK(figures[0].workers[0].state == "ready");
    CHECK(figures[0].workers[0].sessions == 2);
    CHECK(figures[0].workers[0].plugin_version == "1.0.0");
}

TEST_CASE("hello says which plugin, and how much memory for batches") {
    rig r({.arena_bytes = 1U << 20});
    auto box = r.connect();
    auto worker = r.nest.next();
    const auto m = worker->control.expect(frame_type::hello).as<wire::hello>();
    CHECK(m.version == wire::protocol_version);
    CHECK(m.plugin_folder == "/nonexistent");
    CHECK(m.plugin_name == "fake");
    CHECK(m.arena_bytes == 1U << 20);
    worker->die(segv);
    (void)box.take();
}

TEST_CASE("each step of a start that fails is told to whoever connects") {
    rig r;
    auto box = r.connect();
    SECTION("the plugin is refused") {
        auto worker = r.nest.next();
        worker->control.say(
            frame_type::failed,
            0,
            0,
            wire::failed{{.kind = status::unsupported, .message = "ABI 2.0", .hint = "rebuild"}}
        );
        const auto got = box.take();
        REQUIRE_FALSE(got);
        CHECK(got.error().kind == status::unsupported);
        CHECK(got.error().message == "ABI 2.0");
        CHECK(worker->killed());
    }
    SECTION("it crashes while it loads") {
        r.nest.next()->die(segv);
        const auto got = box.take();
        REQUIRE_FALSE(got);
        CHECK(got.error().kind == status::plugin_crashed);
        CHECK(
            got.error().message ==
            "plugin 'fake' could not be started (crashed (signal 11, SIGSEGV))"
        );
    }
    SECTION("it speaks another version") {
        auto worker = r.nest.next();
        worker->control.say(frame_type::ready, 0, 0, wire::ready{.version = 77});
        CHECK(box.take().error().message.find("version 77") != std::string::npos);
        CHECK(worker->killed());
    }
    SECTION("it talks nonsense") {
        auto worker = r.nest.next();
        worker->control.bytes("GET / HTTP/1.1\r\n\r\nHost: x", 26);
        CHECK(box.take().error().kind == status::plugin_crashed);
        CHECK(worker->killed());
    }
}

TEST_CASE("a worker that cannot even be started is an error, not a wait") {
    rig r;
    r.nest.fail({.kind = status::not_found, .message = "no qry-host", .from = qry::origin::host});
    const auto got = r.connect().take();
    REQUIRE_FALSE(got);
    CHECK(got.error().message == "no qry-host");
}

TEST_CASE("a plugin that dies five times without an answer is refused by name") {
    rig r;
    for (int i = 0; i < 5; ++i) {
        auto box = r.connect();
        r.nest.next()->die(segv);
        REQUIRE(box.take().error().kind == status::plugin_crashed);
    }
    const auto got = r.connect().take();
    REQUIRE_FALSE(got);
    CHECK(got.error().kind == status::plugin_crashed);
    CHECK(got.error().retryable);
    CHECK(got.error().message.find("plugin 'fake' is not started again") == 0);
    CHECK(got.error().message.find("5 workers ended") != std::string::npos);
    CHECK(got.error().message.find("SIGSEGV") != std::string::npos);
    CHECK(r.nest.launched() == 5);
}

TEST_CASE("a worker that worked is replaced at once by whoever comes next") {
    rig r;
    for (int i = 0; i < 20; ++i) {
        auto box = r.connect();
        r.worker = r.nest.next_ready();
        auto session = r.finish(box);
        r.worker->die(segv);
    }
    const auto figures = r.workers.figures(std::chrono::seconds(5));
    CHECK(figures[0].count->starts == 20);
    CHECK(figures[0].count->restarts == 19);
}

TEST_CASE("an attempt ends at its deadline, whatever the worker does") {
    rig r;
    const std::int64_t before = qry::base::now_ns();
    SECTION("it never becomes ready") {
        auto box = r.connect(200);
        auto worker = r.nest.next();
        const auto got = box.take();
        REQUIRE_FALSE(got);
        CHECK(got.error().kind == status::query_timeout);
        CHECK(box.at_ns() - before >= 200 * ms);
        CHECK(box.at_ns() - before < 10'000 * ms);
    }
    SECTION("it never answers, and the session that comes too late is closed") {
        auto box = r.connect(200);
        r.worker = r.nest.next_ready();
        const frame asked = r.lane().expect(frame_type::connect);
        const auto got = box.take();
        REQUIRE_FALSE(got);
        CHECK(got.error().kind == status::query_timeout);
        CHECK(got.error().retryable);
        CHECK(box.at_ns() - before >= 200 * ms);
        CHECK(box.at_ns() - before < 10'000 * ms);
        CHECK(r.lane().expect(frame_type::cancel).header.channel == asked.header.channel);
        const frame close = r.lane().expect(frame_type::close);
        r.lane().say(frame_type::connected, asked.header.channel, asked.header.verb);
        r.lane().say(frame_type::done, close.header.channel, close.header.verb);
        CHECK(r.lane().silent_for(50));
        CHECK_FALSE(r.worker->killed());
    }
    SECTION("it answers a moment after the deadline, and its word is told") {
        auto box = r.connect(200);
        r.worker = r.nest.next_ready();
        const frame asked = r.lane().expect(frame_type::connect);
        (void)r.lane().expect(frame_type::cancel);
        r.lane().say(
            frame_type::failed,
            asked.header.channel,
            asked.header.verb,
            wire::failed{{.kind = status::query_timeout, .message = "waiting for the server"}}
        );
        const auto got = box.take();
        CHECK(got.error().kind == status::query_timeout);
        CHECK(got.error().detail == "waiting for the server");
    }
}

TEST_CASE("a connect that is cancelled ends as cancelled") {
    rig r;
    auto box = r.connect();
    SECTION("before there is a worker") {
        auto worker = r.nest.next();
        r.under_way->cancel();
        CHECK(box.take().error().kind == status::query_cancelled);
    }
    SECTION("at the worker") {
        r.worker = r.nest.next_ready();
        const frame asked = r.lane().expect(frame_type::connect);
        r.under_way->cancel();
        (void)r.lane().expect(frame_type::cancel);
        r.lane().say(
            frame_type::failed,
            asked.header.channel,
            asked.header.verb,
            wire::failed{{.kind = status::connection_failed, .message = "aborted"}}
        );
        CHECK(box.take().error().kind == status::query_cancelled);
    }
}

TEST_CASE("a connect under way is retryable when its worker dies") {
    rig r;
    auto box = r.connect();
    r.worker = r.nest.next_ready();
    (void)r.lane().expect(frame_type::connect);
    r.worker->die(segv);
    const auto got = box.take();
    REQUIRE_FALSE(got);
    CHECK(got.error().kind == status::plugin_crashed);
    CHECK(got.error().retryable);
    CHECK(got.error().message == "plugin 'fake' crashed (signal 11, SIGSEGV) while connecting");
}

TEST_CASE("a connect under way goes to the next worker when somebody killed its own") {
    rig r;
    auto box = r.connect();
    r.worker = r.nest.next_ready();
    (void)r.lane().expect(frame_type::connect);
    r.worker->die({death_cause::signal, SIGKILL, {}});
    r.worker = r.nest.next();
    SECTION("which serves") {
        (void)r.worker->control.expect(frame_type::hello);
        r.worker->control.say(frame_type::ready, 0, 0, wire::ready{});
    }
    // The first one never answered: its successor starts after a pause.
    SECTION("which is killed too, and the third as well") {
        (void)r.worker->control.expect(frame_type::hello);
        r.worker->control.say(frame_type::ready, 0, 0, wire::ready{});
        (void)r.lane().expect(frame_type::connect);
        r.worker->die({death_cause::signal, SIGKILL, {}});
        r.worker = r.nest.next_ready();
        (void)r.lane().expect(frame_type::connect);
        r.worker->die({death_cause::signal, SIGKILL, {}});
        CHECK(box.take().error().kind == status::plugin_crashed);
        return;
    }
    CHECK(r.finish(box).alive());
}

TEST_CASE("after an upgrade new sessions go to a new worker while the old one ends its work") {
    folder files;
    rig r({}, files.path);
    auto session = r.session();
    auto head = session.execute("select n");
    const auto verb = r.lane().expect(frame_type::execute).header.verb;
    files.write("libqry_fake.so", "two");
    // They are looked at once a second.
    REQUIRE(r.lane().silent_for(1100));
    auto box = r.connect();
    auto old = std::move(r.worker);

    SECTION("the new one starts") {
        r.worker = r.nest.next_ready("2.0.0");
        auto fresh = r.finish(box);
        CHECK(fresh.alive());
        old->lanes[0].say(frame_type::head, 1, verb, number_head());
        CHECK(head.take());
        auto closed = session.close();
        // Whatever is closed on the old one is closed in good order; then it is let go.
        CHECK_THROWS([&] {
            for (;;) {
                const frame asked = old->lanes[0].expect(frame_type::close);
                old->lanes[0].say(frame_type::done, asked.header.channel, asked.header.verb);
            }
        }());
        CHECK(closed.take());
        CHECK_FALSE(old->killed());
        old->die({death_cause::exited, 0, {}});
        const auto figures = r.workers.figures(std::chrono::seconds(5));
        CHECK(figures[0].count->upgrades == 1);
    }
    SECTION("the new one does not, and the old one goes on") {
        auto broken = r.nest.next();
        broken->control.say(
            frame_type::failed, 0, 0, wire::failed{{.kind = status::plugin_error, .message = "no"}}
        );
        r.worker = std::move(old);
        auto other = r.finish(box);
        CHECK(other.alive());
        CHECK(session.alive());
    }
}

TEST_CASE("when the host stops, workers are told to end, and waited for") {
    auto r = std::make_unique<rig>();
    auto box = r->connect();
    r->worker = r->nest.next_ready();
    {
        auto session = r->finish(box);
        auto closed = session.close();
        const frame asked = r->lane().expect(frame_type::close);
        r->lane().say(frame_type::done, asked.header.channel, asked.header.verb);
        REQUIRE(closed.take());
    }
    auto worker = std::move(r->worker);
    r.reset();
    (void)worker->control.expect(frame_type::drain);
}
