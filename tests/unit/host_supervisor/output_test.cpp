#include "supervisor/output.hpp"

#include <sched.h>

#include <atomic>
#include <ctime>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "supervisor/usage.hpp"

using namespace qry::supervisor;

namespace {

std::vector<std::string> cut(const std::vector<std::string>& pieces) {
    line_cutter cutter;
    std::vector<std::string> out;
    const auto line = [&](std::string_view text) { out.emplace_back(text); };
    for (const auto& piece : pieces)
        cutter.feed(piece, line);
    cutter.flush(line);
    return out;
}

}  // namespace

TEST_CASE("lines are put together from pieces, and the last one needs no end") {
    CHECK(cut({"on", "e\ntwo\n\nthr", "ee"}) == std::vector<std::string>{"one", "two", "three"});
}

TEST_CASE("a line is cut at 8 KiB and its rest dropped, however it comes") {
    const std::string megabyte(1 << 20, 'x');
    const auto lines = cut({megabyte, megabyte, "\nnext\n"});
    REQUIRE(lines.size() == 2);
    CHECK(lines[0] == std::string(8192, 'x'));
    CHECK(lines[1] == "next");
}

TEST_CASE("a process is looked at through /proc") {
    const auto self = read_usage(getpid());
    REQUIRE(self);
    CHECK(self->resident_bytes > 1'000'000);
    CHECK(self->threads >= 1);
    CHECK(self->descriptors >= 3);
    CHECK_FALSE(is_stopped(getpid()));
    CHECK_FALSE(read_usage(0x7FFF'FFFF));
}

TEST_CASE("a thread that must share its CPU is seen to wait for it") {
    if (read_cpu_waits(getpid()).empty()) {
        WARN("this kernel does not count how long threads wait");
        return;
    }
    cpu_set_t all;
    REQUIRE(sched_getaffinity(0, sizeof(all), &all) == 0);
    cpu_set_t one;
    CPU_ZERO(&one);
    for (int cpu = 0; CPU_COUNT(&one) == 0; ++cpu)
        if (CPU_ISSET(cpu, &all)) CPU_SET(cpu, &one);
    REQUIRE(sched_setaffinity(0, sizeof(one), &one) == 0);
    std::atomic<bool> enough{false};
    // Of a new thread the affinity is that of its maker.
    std::thread rival([&] {
        while (!enough) {
        }
    });
    const auto before = read_cpu_waits(getpid());
    const std::clock_t begun = std::clock();
    while (std::clock() - begun < CLOCKS_PER_SEC / 5) {
    }
    const auto now = read_cpu_waits(getpid());
    enough = true;
    rival.join();
    REQUIRE(sched_setaffinity(0, sizeof(all), &all) == 0);
    // The two had 200 ms of one CPU between them.
    CHECK(longest_wait(before, now) > 20'000'000);
    CHECK(longest_wait(now, now) == 0);
    CHECK(longest_wait({}, now) == 0);
}

TEST_CASE("the cap that is passed is named with its value") {
    settings caps;
    caps.memory_bytes = 64U << 20;
    caps.arena_bytes = 64U << 20;
    usage now{.resident_bytes = 64U << 20, .private_bytes = 64U << 20, .threads = 3};
    CHECK_FALSE(over_cap(now, caps));
    now.private_bytes = 96U << 20;
    CHECK(over_cap(now, caps) == "96 MiB of memory, over the cap of 64 MiB");
    now.private_bytes = 0;
    now.resident_bytes = 129U << 20;
    CHECK(over_cap(now, caps) == "129 MiB of memory with its batches, over the cap of 128 MiB");
    now.resident_bytes = 0;
    now.threads = 513;
    CHECK(over_cap(now, caps) == "513 threads, over the cap of 512");
    now.threads = 1;
    now.descriptors = 3073;
    CHECK(over_cap(now, caps) == "3073 open descriptors, over the cap of 3072");
}
