// `qry-host worker` as a process.
#include <chrono>
#include <fstream>
#include <sstream>
#include <string>

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "base/flight_recorder.hpp"
#include "worker_process.hpp"

using namespace qry;
using host_end::worker_process;
using wire::frame_type;

namespace {

std::string read_file(const std::string& path) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

// The value of a line "Name:\tvalue".
std::string field(const std::string& text, const std::string& name) {
    const auto at = text.find("\n" + name + ":");
    if (at == std::string::npos) return "";
    const auto from = text.find_first_not_of(" \t", at + name.size() + 2);
    return text.substr(from, text.find('\n', from) - from);
}

rlimit limit_of(int pid, __rlimit_resource which) {
    rlimit now{};
    REQUIRE(prlimit(pid, which, nullptr, &now) == 0);
    return now;
}

struct rig {
    boost::asio::io_context loop{1};
    worker_process worker{loop};

    void sqlite() {
        worker.greet(SQLITE_FOLDER, "sqlite");
        const auto ready = worker.control->expect<wire::ready>(frame_type::ready);
        CHECK(ready.blocking);
        worker.lane->params = {{"path", ":memory:"}};
    }
    void hello() {
        worker.greet(HELLO_FOLDER, "hello");
        (void)worker.control->expect(frame_type::ready);
    }
    void connect() {
        worker.lane->connect(1);
        (void)worker.lane->expect(frame_type::connected);
    }
};

// Counts to a hundred million: seconds, in SQLite.
const char* slow =
    "with recursive n(i) as (select 1 union all select i + 1 from n where i < 100000000) "
    "select max(i) from n";

}  // namespace

TEST_CASE("a worker serves the SQLite plugin: rows, an error, and the next statement") {
    rig r;
    r.sqlite();
    r.connect();
    r.worker.lane->execute(1, 2, 4, "select 1 as one");
    (void)r.worker.lane->expect(frame_type::head);
    (void)r.worker.lane->expect(frame_type::batch);
    CHECK(r.worker.lane->expect<wire::ended>(frame_type::ended).reset_done);
    r.worker.lane->execute(1, 3, 4, "selec");
    const auto why = r.worker.lane->expect<wire::failed>(frame_type::failed).why;
    CHECK(why.kind == status::query_error);
    CHECK(why.message.find("syntax error") != std::string::npos);
    r.worker.lane->timed(frame_type::reset, 1, 4);
    (void)r.worker.lane->expect(frame_type::done);
    r.worker.lane->execute(1, 5, 4, "select 2");
    (void)r.worker.lane->expect(frame_type::head);
}

TEST_CASE("a worker serves the C sample") {
    rig r;
    r.hello();
    r.worker.lane->connect(1, true);
    for (;;) {
        r.worker.lane->run_until([&] { return r.worker.lane->has_frames(); });
        if (r.worker.lane->first_type() != frame_type::step) break;
        (void)r.worker.lane->expect(frame_type::step);
    }
    (void)r.worker.lane->expect(frame_type::done);
}

TEST_CASE("a cancel ends a statement in another process") {
    rig r;
    r.sqlite();
    r.connect();
    r.worker.lane->execute(1, 2, 4, slow);
    r.worker.lane->lane().send(frame_type::cancel, 1, 2);
    r.worker.lane->run_until([&] { return r.worker.lane->has_frames(); });
    if (r.worker.lane->first_type() == frame_type::head) {
        (void)r.worker.lane->expect(frame_type::head);
    }
    CHECK(
        r.worker.lane->expect<wire::failed>(frame_type::failed).why.kind == status::query_cancelled
    );
}

TEST_CASE("a worker can do no harm to others") {
    rig r;
    r.sqlite();
    const std::string base = "/proc/" + std::to_string(r.worker.id());
    const std::string about = "\n" + read_file(base + "/status");
    CHECK(field(about, "NoNewPrivs") == "1");
    CHECK(field(about, "SigBlk") == "0000000000000000");
    // Not INT, PIPE, TERM: 2, 13, 15.
    CHECK(field(about, "SigIgn") == "0000000000005002");
    CHECK(limit_of(r.worker.id(), RLIMIT_CORE).rlim_max == 0);
    CHECK(limit_of(r.worker.id(), RLIMIT_NOFILE).rlim_cur == 4096);
    CHECK(read_file(base + "/comm") == "qry-w-sqlite\n");
    // What a dumpable process would give to its user belongs to root.
    struct stat owner {};
    REQUIRE(stat((base + "/environ").c_str(), &owner) == 0);
    CHECK(owner.st_uid == 0);
}

TEST_CASE("a plugin that is not there is refused with the registry's own words") {
    rig r;
    r.worker.greet(SQLITE_FOLDER, "sqlight");
    const auto why = r.worker.control->expect<wire::failed>(frame_type::failed).why;
    CHECK(why.kind == status::not_found);
    CHECK(why.message.find("sqlight") != std::string::npos);
}

TEST_CASE("another version of the protocol is refused, naming both") {
    rig r;
    wire::hello what;
    what.version = 99;
    r.worker.control->lane().send(frame_type::hello, 0, 0, what);
    const auto why = r.worker.control->expect<wire::failed>(frame_type::failed).why;
    CHECK(
        why.message == "the host speaks version 99 of the protocol, this worker version " +
                           std::to_string(wire::protocol_version)
    );
}

TEST_CASE("a worker whose host hangs up leaves, busy or not") {
    rig r;
    const bool greeted = GENERATE(true, false);
    const bool busy = GENERATE(true, false);
    if (greeted) {
        r.sqlite();
        r.connect();
        if (busy) r.worker.lane->execute(1, 2, 4, slow);
        r.worker.lane->settle();
    }
    const auto begin = std::chrono::steady_clock::now();
    r.worker.control->hang_up();
    CHECK(r.worker.wait() == 0);
    // Within a second, and what a sanitizer adds at the end of a process.
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(10));
    CHECK(r.worker.output().empty());
}

TEST_CASE("a drained worker lets its sessions end, says so and exits well") {
    rig r;
    r.sqlite();
    r.connect();
    r.worker.control->lane().send(frame_type::drain, 0, 0);
    r.worker.control->lane().send(frame_type::ping, 0, 0, wire::ping{5});
    (void)r.worker.control->expect(frame_type::pong);
    r.worker.lane->timed(frame_type::close, 1, 2);
    (void)r.worker.lane->expect(frame_type::done);
    (void)r.worker.control->expect(frame_type::drained);
    CHECK(r.worker.wait() == 0);
}

TEST_CASE("a frame that makes no sense ends the worker with status 70 and a word") {
    rig r;
    r.sqlite();
    SECTION("on the session lane") {
        r.worker.lane->timed(frame_type::reset, 4, 1);
    }
    SECTION("on the control lane") {
        r.worker.control->lane().send(frame_type::cancel, 0, 0);
    }
    SECTION("hello again") {
        r.worker.control->lane().send(frame_type::hello, 0, 0, wire::hello{});
    }
    r.worker.lane->settle();
    CHECK(r.worker.wait() == 70);
    const std::string said = r.worker.output();
    CHECK(said.starts_with("qry-host worker: "));
    CHECK(said.ends_with("\n"));
}

TEST_CASE("a killed worker leaves behind whom it served") {
    rig r;
    r.sqlite();
    r.connect();
    r.worker.lane->run_until([&] { return base::read_flights(r.worker.flights).empty(); });
    r.worker.lane->execute(1, 2, 4, slow);
    r.worker.lane->run_until([&] { return !base::read_flights(r.worker.flights).empty(); });
    kill(r.worker.id(), SIGKILL);
    CHECK(r.worker.wait() == -SIGKILL);
    const auto blamed = base::read_flights(r.worker.flights);
    REQUIRE(blamed.size() == 1);
    CHECK(blamed[0].lane == 0);
    CHECK(blamed[0].channel == 1);
    CHECK(blamed[0].signal == 0);
    CHECK(blamed[0].since_ns > 0);
}

TEST_CASE("Ctrl-C and a stop of the service leave the worker to its host") {
    rig r;
    r.sqlite();
    kill(r.worker.id(), SIGINT);
    kill(r.worker.id(), SIGTERM);
    r.worker.control->lane().send(frame_type::ping, 0, 0, wire::ping{6});
    CHECK(r.worker.control->expect<wire::ping>(frame_type::pong).cookie == 6);
}
