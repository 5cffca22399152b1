// What there is to count about the workers of one plugin; read by whoever shows figures.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

#include "supervisor/death.hpp"

namespace qry::supervisor {

inline constexpr std::size_t death_causes = static_cast<std::size_t>(death_cause::unknown) + 1;

// Thread-safe.
struct counters {
    std::atomic<std::uint64_t> starts{0};
    // Of these, in place of one that died unasked.
    std::atomic<std::uint64_t> restarts{0};
    std::atomic<std::uint64_t> upgrades{0};
    std::array<std::atomic<std::uint64_t>, death_causes> deaths{};
    // Queries that were refused because they had killed workers.
    std::atomic<std::uint64_t> poisoned{0};
    std::atomic<std::uint64_t> sessions{0};
    std::atomic<std::uint64_t> queries{0};
    std::atomic<std::uint64_t> batches{0};
    std::atomic<std::uint64_t> rows{0};
    // Payloads of frames; what lies in shared memory not counted.
    std::atomic<std::uint64_t> bytes_received{0};
    std::atomic<std::uint64_t> cancels{0};
    std::atomic<std::uint64_t> stalls{0};
};

// A look at one worker that lives.
struct worker_report {
    // "postgresql", or with a worker of its own "postgresql for 'sales'".
    std::string name;
    // worker_fsm's, in a word; where there is no process "ended", "waiting" or "refused".
    std::string state;
    int process = 0;
    std::string plugin_version;
    int sessions = 0;
    int busy = 0;
    // As last looked at; 0 = not yet.
    std::uint64_t resident_bytes = 0;
};

}  // namespace qry::supervisor
