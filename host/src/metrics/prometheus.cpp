#include <qry/stats.hpp>

#include <chrono>

#include "metrics/exposition.hpp"
#include "metrics/worker_families.hpp"

namespace qry {

namespace {

using metrics::exposition;
using metrics::labels;
using sources = std::vector<datasource_stats>;

labels of(const datasource_stats& one) {
    return {{"datasource", one.name}, {"driver", one.driver}};
}

labels with(const datasource_stats& one, std::string_view name, const std::string& value) {
    labels out = of(one);
    out.emplace_back(name, value);
    return out;
}

struct plain {
    const char* name;
    const char* type;
    const char* help;
    std::uint64_t datasource_stats::*value;
};

constexpr plain plain_families[] = {
    {"qry_queries_total", "counter", "Queries asked for.", &datasource_stats::queries},
    {"qry_queries_succeeded_total",
     "counter",
     "Queries that ended well.",
     &datasource_stats::succeeded},
    {"qry_queries_in_flight",
     "gauge",
     "Queries that wait, execute or have an open result.",
     &datasource_stats::in_flight},
    {"qry_rows_total", "counter", "Rows delivered.", &datasource_stats::rows},
    {"qry_batches_total", "counter", "Batches delivered.", &datasource_stats::batches},
    {"qry_result_bytes_total",
     "counter",
     "Arrow data delivered: validity, offsets and values.",
     &datasource_stats::bytes},
    {"qry_cancels_sent_total",
     "counter",
     "Pieces of work that a plugin was asked to end.",
     &datasource_stats::cancels_sent},
    {"qry_cancels_confirmed_total",
     "counter",
     "Of these, what then ended in time.",
     &datasource_stats::cancels_confirmed},
    {"qry_cancels_escalated_total",
     "counter",
     "Of these, what cost its session.",
     &datasource_stats::cancels_escalated},
};

struct plain_of_pool {
    const char* name;
    const char* help;
    std::uint64_t pool_stats::*value;
};

constexpr plain_of_pool pool_counters[] = {
    {"qry_pool_created_total", "Sessions opened.", &pool_stats::created},
    {"qry_pool_acquired_total", "Sessions lent.", &pool_stats::acquired},
    {"qry_pool_timeouts_total", "Work that its time limit ended.", &pool_stats::timeouts},
    {"qry_pool_cancelled_total", "Work that its caller cancelled.", &pool_stats::cancelled},
};

void write_host(exposition& to, const host_stats& stats) {
    to.family("qry_host_info", "gauge", "Which version runs; always 1.");
    to.sample({{"version", stats.version}}, std::uint64_t{1});
    to.family("qry_host_start_time_seconds", "gauge", "When the host was opened, since 1970.");
    to.sample(labels{}, std::chrono::duration<double>(stats.opened_at.time_since_epoch()).count());
    to.family("qry_host_clients", "gauge", "Programs connected to the daemon.");
    to.sample(labels{}, stats.clients);
}

void write_queries(exposition& to, const sources& all) {
    to.family("qry_datasource_info", "gauge", "How a datasource's plugin is run; always 1.");
    for (const datasource_stats& one : all)
        to.sample(with(one, "isolation", one.isolation), std::uint64_t{1});
    for (const plain& family : plain_families) {
        to.family(family.name, family.type, family.help);
        for (const datasource_stats& one : all)
            to.sample(of(one), one.*family.value);
    }
    to.family("qry_query_errors_total", "counter", "Queries that failed, by kind of error.");
    for (const datasource_stats& one : all) {
        for (const auto& [kind, times] : one.errors)
            to.sample(with(one, "kind", kind), times);
    }
    to.family(
        "qry_query_duration_seconds",
        "histogram",
        "From the call of execute to the end of the query, however it ended."
    );
    for (const datasource_stats& one : all)
        to.histogram(of(one), one.latency);
}

void write_pools(exposition& to, const sources& all) {
    const auto gauge = [](int value) { return static_cast<std::uint64_t>(value); };
    to.family("qry_pool_sessions", "gauge", "Sessions that exist, by state.");
    for (const datasource_stats& one : all) {
        to.sample(with(one, "state", "idle"), gauge(one.pool.idle));
        to.sample(with(one, "state", "in_use"), gauge(one.pool.in_use));
    }
    to.family("qry_pool_waiting", "gauge", "Callers that wait for a session.");
    for (const datasource_stats& one : all)
        to.sample(of(one), gauge(one.pool.waiting));
    for (const plain_of_pool& family : pool_counters) {
        to.family(family.name, "counter", family.help);
        for (const datasource_stats& one : all)
            to.sample(of(one), one.pool.*family.value);
    }
    to.family("qry_pool_destroyed_total", "counter", "Sessions closed, by reason.");
    for (const datasource_stats& one : all) {
        for (const auto& [reason, times] : one.pool.destroyed)
            to.sample(with(one, "reason", reason), times);
    }
}

}  // namespace

std::string to_prometheus(const host_stats& stats) {
    exposition to;
    write_host(to, stats);
    write_queries(to, stats.datasources);
    write_pools(to, stats.datasources);
    metrics::write_workers(to, stats.workers);
    return std::move(to).take();
}

}  // namespace qry
