// What a host has done and is doing, in numbers: for `qry-host status`, dashboards and alarms.
//
// Counters only grow, from the moment the host was opened; gauges say how things stand now. No
// secret, no SQL text and no server's message is in here.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <qry/export.h>

namespace qry {

// Those of sessions that an edited datasource still drains are in here.
struct pool_stats {
    // Sessions that exist, of these unused, and lent out.
    int size = 0;
    int idle = 0;
    int in_use = 0;
    // Callers in the queue.
    int waiting = 0;
    std::uint64_t created = 0;
    // By reason: "broken", "reset failed", "idle too long", "closed", "grace passed".
    std::map<std::string, std::uint64_t> destroyed;
    std::uint64_t acquired = 0;
    std::uint64_t timeouts = 0;
    std::uint64_t cancelled = 0;
};

// Durations from the call of execute to the end of the query, however it ended, by upper bound.
// Bucket i holds what took at most bounds[i] and more than bounds[i-1]; the last holds the rest.
struct latency_histogram {
    static constexpr std::array<std::chrono::microseconds, 16> bounds = {
        std::chrono::microseconds(100),
        std::chrono::microseconds(250),
        std::chrono::microseconds(500),
        std::chrono::microseconds(1'000),
        std::chrono::microseconds(2'500),
        std::chrono::microseconds(5'000),
        std::chrono::microseconds(10'000),
        std::chrono::microseconds(25'000),
        std::chrono::microseconds(50'000),
        std::chrono::microseconds(100'000),
        std::chrono::microseconds(250'000),
        std::chrono::microseconds(1'000'000),
        std::chrono::microseconds(5'000'000),
        std::chrono::microseconds(30'000'000),
        std::chrono::microseconds(120'000'000),
        std::chrono::microseconds(600'000'000)};
    std::array<std::uint64_t, bounds.size() + 1> counts{};
    std::uint64_t total = 0;
    std::chrono::nanoseconds sum{};

    // An estimate of what the share `p` (0 to 1) of them took at most: within a bucket they are
    // taken to be spread evenly, and beyond the last bound it is the last bound. 0 when empty.
    [[nodiscard]] QRY_EXPORT std::chrono::nanoseconds quantile(double p) const noexcept;
};

struct datasource_stats {
    std::string name;
    std::string driver;
    // "inline", "process", "datasource".
    std::string isolation;
    pool_stats pool;
    // Queries asked for; of these, ended well (also when the reader let go of the result early);
    // the rest failed or is in flight.
    std::uint64_t queries = 0;
    std::uint64_t succeeded = 0;
    // By kind: "QueryError", "QueryTimeout", …
    std::map<std::string, std::uint64_t> errors;
    // Waiting for a session, executing, or with an open result.
    std::uint64_t in_flight = 0;
    // What plugins delivered for these queries, schemas apart. bytes: Arrow's validity, offsets and
    // values of these rows, whatever the buffers around them hold, and wherever they lie.
    std::uint64_t rows = 0;
    std::uint64_t batches = 0;
    std::uint64_t bytes = 0;
    // Work (a query, or the reading of the schema) that a plugin was asked to end; of these, what
    // then ended in time, and what cost its session because it did not. Equal sums when idle.
    std::uint64_t cancels_sent = 0;
    std::uint64_t cancels_confirmed = 0;
    std::uint64_t cancels_escalated = 0;
    latency_histogram latency;
};

// One worker process, or the one that failed last.
struct worker_stats {
    std::string driver;
    std::string version;
    // The datasource that has it for itself; empty = shared.
    std::string datasource;
    // "starting", "running", "draining", "waiting" (backing off), "refused" (the breaker is open),
    // "ended".
    std::string state;
    std::int64_t pid = 0;
    std::uint64_t starts = 0;
    // By reason: "signal 11", "exit 3", "memory", "stuck", "protocol", …
    std::map<std::string, std::uint64_t> deaths;
    std::uint64_t sessions = 0;
    std::uint64_t in_flight = 0;
    std::uint64_t batches = 0;
    std::uint64_t bytes = 0;
    std::uint64_t memory_bytes = 0;
    std::uint64_t threads = 0;
    std::uint64_t descriptors = 0;
};

struct host_stats {
    std::string version;
    std::chrono::system_clock::time_point opened_at{};
    std::int64_t pid = 0;
    // Programs connected to the daemon; 0 where there is no daemon.
    std::uint64_t clients = 0;
    std::vector<datasource_stats> datasources;
    std::vector<worker_stats> workers;
};

// In the text format of Prometheus, version 0.0.4: names begin with qry_, times in seconds.
[[nodiscard]] QRY_EXPORT std::string to_prometheus(const host_stats& stats);

}  // namespace qry
