#include "base/flight_recorder.hpp"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include <catch2/catch.hpp>

using namespace qry::base;

namespace {

struct death {
    int signal = 0;
    std::vector<flight> told;
};

// How a process ends that records, serves the session of `tag` and then does `what`.
template <class F>
death end_of_process(std::uint64_t tag, F&& what) {
    void* page =
        mmap(nullptr, flight_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    REQUIRE(page != MAP_FAILED);
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        const rlimit no_core{0, 0};
        setrlimit(RLIMIT_CORE, &no_core);
        record_flights(page);
        note_fatal_signals();
        const flight_scope serving(tag);
        what();
        _exit(0);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    death found;
    found.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    found.told = read_flights({static_cast<const std::byte*>(page), flight_bytes});
    munmap(page, flight_bytes);
    return found;
}

void check_told(const death& found, int signal) {
    CHECK(found.signal == signal);
    REQUIRE(found.told.size() == 1);
    CHECK(found.told[0].signal == signal);
    CHECK(found.told[0].lane == 2);
    CHECK(found.told[0].channel == 7);
}

}  // namespace

TEST_CASE("a fatal signal that somebody sent kills at once, and leaves its note") {
    const int sent = GENERATE(SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS, SIGTRAP);
    INFO("signal " << sent);
    check_told(end_of_process(flight_tag(2, 7), [sent] { kill(getpid(), sent); }), sent);
}

TEST_CASE("a fault of the process itself kills by its own signal, and leaves its note") {
    SECTION("a page that may not be written") {
        const auto fault = [] {
            void* page = mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            *static_cast<volatile char*>(page) = 1;
        };
        check_told(end_of_process(flight_tag(2, 7), fault), SIGSEGV);
    }
    SECTION("abort") {
        check_told(end_of_process(flight_tag(2, 7), [] { std::abort(); }), SIGABRT);
    }
}
