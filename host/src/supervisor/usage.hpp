// What a worker takes of the machine.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "supervisor/settings.hpp"

namespace qry::supervisor {

struct usage {
    // All of it, and what of it no file and no shared memory is behind.
    std::uint64_t resident_bytes = 0;
    std::uint64_t private_bytes = 0;
    std::uint64_t threads = 0;
    // 0 = not known.
    std::uint64_t descriptors = 0;
};

// From /proc; nothing when the process is gone.
[[nodiscard]] std::optional<usage> read_usage(int process);

// How long each thread has been ready to run without being given a CPU, in nanoseconds; empty where
// the kernel does not count it. From /proc/PID/task/*/schedstat (proc(5), sched-stats.rst).
using cpu_waits = std::unordered_map<int, std::int64_t>;
[[nodiscard]] cpu_waits read_cpu_waits(int process);
// Of the thread that waited longest in between; threads that are in one of them only do not count.
[[nodiscard]] std::int64_t longest_wait(const cpu_waits& before, const cpu_waits& now) noexcept;

// By SIGSTOP or a debugger.
[[nodiscard]] bool is_stopped(int process);

// "1.2 GiB of memory, over the cap of 1 GiB" when a cap is passed.
[[nodiscard]] std::optional<std::string> over_cap(const usage& now, const settings& caps);

}  // namespace qry::supervisor
