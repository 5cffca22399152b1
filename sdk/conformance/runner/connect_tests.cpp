// connect, test and close, where they work and where they cannot.
#include <filesystem>
#include <iterator>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "test_case.hpp"

namespace qry::conformance {
namespace {

std::size_t entries_of(const char* folder) {
    namespace fs = std::filesystem;
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder), fs::directory_iterator())
    );
}

struct usage {
    std::size_t descriptors = entries_of("/proc/self/fd");
    std::size_t threads = entries_of("/proc/self/task");
};

void no_growth(const char* what, std::size_t before, std::size_t after, const char* cause) {
    expect(
        after <= before,
        {"connect and close, 100 times",
         std::to_string(before) + " " + what + " before, " + std::to_string(after) + " after",
         cause}
    );
}

void must_fail_well(const error& e, const std::string& sent) {
    expect(
        !e.message.empty() && e.kind != status::ok,
        {sent, describe(e), "fill in status and message"}
    );
    expect(
        e.kind != status::plugin_error,
        {sent, describe(e), "plugin_error is for bugs; say what the world did: connection_failed …"}
    );
}

void opens_and_closes(bench& b) {
    const auto s = b.connect();
    expect(s->alive(), {"connect, alive", "0", "a session that was just made is alive"});
    b.must_be_usable(*s, "connect");
    b.must(s->close(bench::usual()), "close", "close always succeeds");
}

void no_leaks(bench& b) {
    // The first one may open what stays for the life of the process.
    { const auto s = b.connect(); }
    const usage before;
    const std::size_t timers = b.on().loop->timers();
    for (int i = 0; i < 100; ++i) {
        const auto s = b.connect();
        if (i % 10 == 0) b.must_be_usable(*s, "connect");
    }
    const usage after;
    no_growth("descriptors", before.descriptors, after.descriptors, "a socket or file stays open");
    no_growth("threads", before.threads, after.threads, "a thread is not joined by close");
    no_growth("timers", timers, b.on().loop->timers(), "timer_cancel() is missing in close");
    no_growth("watches", 0, b.on().loop->watches(), "unwatch() is missing in close");
    no_growth("buffers", 0, b.memory()->live_buffers(), "buffer_free() is missing");
}

void unreachable(bench& b) {
    if (b.with().unreachable.empty()) need("", "unreachable");
    const auto made =
        session::connect(b.plugin(), b.changed(b.with().unreachable), bench::usual(), b.on());
    const std::string sent = "connect to what does not exist";
    expect(!made, {sent, "a session", "connect must find out, not the first statement"});
    must_fail_well(made.error(), sent);
}

// A host validates against the manifest first, so any answer will do, but it must be one.
void without_parameters(bench& b) {
    const auto made = session::connect(b.plugin(), {}, bench::usual(), b.on());
    if (!made) must_fail_well(made.error(), "connect without any parameter");
}

void unknown_parameter(bench& b) {
    const auto made = session::connect(
        b.plugin(), b.changed({{"no_such_parameter_anywhere", "1"}}), bench::usual(), b.on()
    );
    if (!made) {
        must_fail_well(made.error(), "connect with no_such_parameter_anywhere=1");
        return;
    }
    b.must_be_usable(**made, "connect with an unknown parameter");
}

// A server that accepts and then says nothing.
class silent_server {
public:
    silent_server() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in any{};
        any.sin_family = AF_INET;
        any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof(any);
        auto* address = reinterpret_cast<sockaddr*>(&any);
        const bool listening = ::bind(fd_, address, size) == 0 && ::listen(fd_, 8) == 0 &&
                               ::getsockname(fd_, address, &size) == 0;
        if (!listening) throw not_applicable{"cannot listen on 127.0.0.1"};
        port_ = ntohs(any.sin_port);
    }
    silent_server(const silent_server&) = delete;
    silent_server& operator=(const silent_server&) = delete;
    ~silent_server() { ::close(fd_); }
    [[nodiscard]] std::string port() const { return std::to_string(port_); }

private:
    const int fd_;
    int port_ = 0;
};

void deadline(bench& b) {
    const profile& p = b.with();
    if (p.port_parameter.empty()) {
        throw not_applicable{"no 'port_parameter': the driver connects to nothing"};
    }
    const silent_server nobody;
    const auto where =
        b.changed({{p.host_parameter, "127.0.0.1"}, {p.port_parameter, nobody.port()}});
    using namespace std::chrono_literals;
    const auto begun = monotonic_ns();
    const auto made = session::connect(
        b.plugin(), where, {.deadline_ns = after(1s), .patience = 15s, .cancel_after = 1s}, b.on()
    );
    const auto took = std::chrono::nanoseconds(monotonic_ns() - begun);
    const std::string sent =
        "connect to a server that accepts and is silent; deadline and cancel after 1 s";
    expect(!made, {sent, "a session", "what did it talk to?"});
    expect(
        took < 3s,
        {sent,
         "it took " + std::to_string(took / 1ms) + " ms",
         "driver.cancel must end a connect that waits for the network"}
    );
    must_fail_well(made.error(), sent);
}

void test_passes(bench& b) {
    const auto out = run_test(b.plugin(), b.with().where, bench::usual(), b.on());
    if (out.failure) b.must(result<void>(*out.failure), "test", "connect works, test must too");
    expect(!out.steps.empty(), {"test", "no step was reported", "call qry_host.test_step"});
    for (const test_step& s : out.steps) {
        const std::string got = "step '" + s.name + "'";
        expect(!s.name.empty(), {"test", "a step without a name", ""});
        expect(s.ok, {"test", got + " failed, but the test passed", "complete with its error"});
        expect(s.duration.count() >= 0, {"test", got + " took less than no time", ""});
    }
}

void test_fails(bench& b) {
    if (b.with().unreachable.empty()) need("", "unreachable");
    const auto out = run_test(b.plugin(), b.changed(b.with().unreachable), bench::usual(), b.on());
    const std::string sent = "test of what does not exist";
    expect(out.failure.has_value(), {sent, "it passed", "the first failed step ends the test"});
    must_fail_well(*out.failure, sent);
    expect(!out.steps.empty(), {sent, "no step was reported", "report the step that failed"});
    for (std::size_t i = 0; i + 1 < out.steps.size(); ++i) {
        expect(
            out.steps[i].ok,
            {sent, "a step follows the failed '" + out.steps[i].name + "'", "stop there"}
        );
    }
    expect(!out.steps.back().ok, {sent, "the last step passed", "report the failed step last"});
    if (out.steps.back().hint.empty() && out.failure->hint.empty()) {
        b.warn("neither the failed step nor the error has a hint: what should one try?");
    }
}

constexpr test_case tests[] = {
    {"connect.opens_and_closes",
     "A session is made, is alive, works, and is gone.",
     opens_and_closes},
    {"connect.no_leaks",
     "100 sessions leave no descriptor, thread, watch, timer or buffer behind.",
     no_leaks,
     0,
     std::chrono::seconds(60)},
    {"connect.unreachable", "What cannot be reached gives an error that says so.", unreachable},
    {"connect.without_parameters", "No parameters at all give an answer.", without_parameters},
    {"connect.unknown_parameter", "An unknown parameter is ignored or refused.", unknown_parameter},
    {"connect.deadline", "A connect that hangs ends soon after it is cancelled.", deadline},
    {"test.passes", "test() reports its steps, all of them passed.", test_passes},
    {"test.fails", "test() of what cannot be reached ends with its first failed step.", test_fails},
};

}  // namespace

std::span<const test_case> connect_tests() {
    return tests;
}

}  // namespace qry::conformance
