#include "metrics/worker_families.hpp"

#include <map>
#include <utility>

namespace qry::metrics {

namespace {

// Driver and datasource.
using identity = std::pair<std::string, std::string>;

struct group {
    // By version and state.
    std::map<std::pair<std::string, std::string>, std::uint64_t> processes;
    worker_stats sum;
};
using groups = std::map<identity, group>;

void add(worker_stats& to, const worker_stats& from) {
    to.starts += from.starts;
    for (const auto& [reason, times] : from.deaths)
        to.deaths[reason] += times;
    to.sessions += from.sessions;
    to.in_flight += from.in_flight;
    to.batches += from.batches;
    to.bytes += from.bytes;
    to.memory_bytes += from.memory_bytes;
    to.threads += from.threads;
    to.descriptors += from.descriptors;
}

groups grouped(const std::vector<worker_stats>& workers) {
    groups out;
    for (const worker_stats& one : workers) {
        group& own = out[{one.driver, one.datasource}];
        ++own.processes[{one.version, one.state}];
        add(own.sum, one);
    }
    return out;
}

labels of(const identity& who) {
    return {{"driver", who.first}, {"datasource", who.second}};
}

labels with(const identity& who, std::string_view name, const std::string& value) {
    labels out = of(who);
    out.emplace_back(name, value);
    return out;
}

struct plain {
    const char* name;
    const char* type;
    const char* help;
    std::uint64_t worker_stats::*value;
};

constexpr plain plain_families[] = {
    {"qry_worker_starts_total", "counter", "Worker processes started.", &worker_stats::starts},
    {"qry_worker_sessions", "gauge", "Sessions that live in workers.", &worker_stats::sessions},
    {"qry_worker_calls_in_flight",
     "gauge",
     "Sessions of workers with a call under way.",
     &worker_stats::in_flight},
    {"qry_worker_batches_total",
     "counter",
     "Batches that came from workers.",
     &worker_stats::batches},
    {"qry_worker_bytes_total", "counter", "Bytes that came from workers.", &worker_stats::bytes},
    {"qry_worker_memory_bytes",
     "gauge",
     "Resident memory of workers.",
     &worker_stats::memory_bytes},
    {"qry_worker_threads", "gauge", "Threads of workers.", &worker_stats::threads},
    {"qry_worker_descriptors", "gauge", "Open descriptors of workers.", &worker_stats::descriptors},
};

}  // namespace

void write_workers(exposition& to, const std::vector<worker_stats>& workers) {
    const groups all = grouped(workers);
    to.family("qry_worker_processes", "gauge", "Worker processes by version and state.");
    for (const auto& [who, own] : all) {
        for (const auto& [what, count] : own.processes) {
            labels process = with(who, "version", what.first);
            process.emplace_back("state", what.second);
            to.sample(process, count);
        }
    }
    to.family("qry_worker_deaths_total", "counter", "Workers that ended unasked, by reason.");
    for (const auto& [who, own] : all) {
        for (const auto& [reason, times] : own.sum.deaths)
            to.sample(with(who, "reason", reason), times);
    }
    for (const plain& one : plain_families) {
        to.family(one.name, one.type, one.help);
        for (const auto& [who, own] : all)
            to.sample(of(who), own.sum.*one.value);
    }
}

}  // namespace qry::metrics
