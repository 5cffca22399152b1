#include "cli/status_text.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iterator>

#include <nlohmann/json.hpp>

#include "cli/columns.hpp"
#include "cli/describe.hpp"
#include "cli/terminal.hpp"

namespace qry::cli {

namespace {

using json = nlohmann::ordered_json;
using number = std::uint64_t;

double in_seconds(duration value) {
    return std::chrono::duration<double>(value).count();
}

number sum(const std::map<std::string, number>& of) {
    number out = 0;
    for (const auto& [reason, times] : of)
        out += times;
    return out;
}

// "512 B", "3.4 MiB".
std::string size_text(number bytes) {
    static constexpr const char* units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    auto value = static_cast<double>(bytes);
    std::size_t unit = 0;
    for (; value >= 1024 && unit + 1 < std::size(units); ++unit)
        value /= 1024;
    char text[32];
    std::snprintf(text, sizeof(text), unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
    return text;
}

// "2 (exit 1, signal 1)": how many, and why.
std::string by_reason(const std::map<std::string, number>& of) {
    std::string out = std::to_string(sum(of));
    char before = '(';
    for (const auto& [reason, times] : of) {
        out += before == '(' ? " (" : ", ";
        out += printable(reason) + " " + std::to_string(times);
        before = ',';
    }
    return before == '(' ? out : out + ")";
}

std::string quantile(const latency_histogram& of, double p) {
    return of.total == 0 ? "-" : short_time(in_seconds(of.quantile(p)));
}

std::string worker_table(const std::vector<worker_stats>& workers) {
    columns table(
        {"worker",
         "version",
         "serves",
         "state",
         "process",
         "started",
         "died",
         "sessions",
         "busy",
         "memory",
         "threads",
         "descriptors"}
    );
    for (std::size_t column = 4; column < 12; ++column)
        table.right(column);
    for (const worker_stats& w : workers) {
        table.add(
            {printable(w.driver),
             printable(w.version),
             w.datasource.empty() ? "all" : printable(w.datasource),
             printable(w.state),
             w.pid == 0 ? "-" : std::to_string(w.pid),
             std::to_string(w.starts),
             by_reason(w.deaths),
             std::to_string(w.sessions),
             std::to_string(w.in_flight),
             size_text(w.memory_bytes),
             std::to_string(w.threads),
             std::to_string(w.descriptors)}
        );
    }
    return table.text();
}

std::string datasource_table(const std::vector<datasource_stats>& datasources) {
    columns table(
        {"datasource",
         "driver",
         "isolation",
         "in use",
         "idle",
         "waiting",
         "queries",
         "in flight",
         "failed",
         "rows",
         "data",
         "p50",
         "p99"}
    );
    for (std::size_t column = 3; column < 13; ++column)
        table.right(column);
    for (const datasource_stats& d : datasources) {
        table.add(
            {printable(d.name),
             printable(d.driver),
             printable(d.isolation),
             std::to_string(d.pool.in_use),
             std::to_string(d.pool.idle),
             std::to_string(d.pool.waiting),
             std::to_string(d.queries),
             std::to_string(d.in_flight),
             by_reason(d.errors),
             std::to_string(d.rows),
             size_text(d.bytes),
             quantile(d.latency, 0.5),
             quantile(d.latency, 0.99)}
        );
    }
    return table.text();
}

json pool_json(const pool_stats& p) {
    return {
        {"size", p.size},
        {"idle", p.idle},
        {"in_use", p.in_use},
        {"waiting", p.waiting},
        {"created", p.created},
        {"destroyed", p.destroyed},
        {"acquired", p.acquired},
        {"timeouts", p.timeouts},
        {"cancelled", p.cancelled}};
}

json latency_json(const latency_histogram& h) {
    json bounds = json::array();
    for (const auto bound : latency_histogram::bounds)
        bounds.push_back(in_seconds(bound));
    return {
        {"bounds", std::move(bounds)},
        {"counts", h.counts},
        {"total", h.total},
        {"sum", in_seconds(h.sum)},
        {"p50", in_seconds(h.quantile(0.5))},
        {"p99", in_seconds(h.quantile(0.99))}};
}

json datasource_json(const datasource_stats& d) {
    return {
        {"name", d.name},
        {"driver", d.driver},
        {"isolation", d.isolation},
        {"pool", pool_json(d.pool)},
        {"queries", d.queries},
        {"succeeded", d.succeeded},
        {"errors", d.errors},
        {"in_flight", d.in_flight},
        {"rows", d.rows},
        {"batches", d.batches},
        {"bytes", d.bytes},
        {"cancels_sent", d.cancels_sent},
        {"cancels_confirmed", d.cancels_confirmed},
        {"cancels_escalated", d.cancels_escalated},
        {"latency", latency_json(d.latency)}};
}

json worker_json(const worker_stats& w) {
    return {
        {"driver", w.driver},
        {"version", w.version},
        {"datasource", w.datasource.empty() ? json(nullptr) : json(w.datasource)},
        {"state", w.state},
        {"pid", w.pid},
        {"starts", w.starts},
        {"deaths", w.deaths},
        {"sessions", w.sessions},
        {"in_flight", w.in_flight},
        {"batches", w.batches},
        {"bytes", w.bytes},
        {"memory_bytes", w.memory_bytes},
        {"threads", w.threads},
        {"descriptors", w.descriptors}};
}

}  // namespace

std::string status_text(const host_stats& stats) {
    const duration up = std::chrono::system_clock::now() - stats.opened_at;
    std::string out = "qry-host " + printable(stats.version) + ", process " +
                      std::to_string(stats.pid) + ", up " +
                      short_age(std::max(0.0, in_seconds(up))) +
                      ", clients: " + std::to_string(stats.clients) + "\n";
    out +=
        "\n" + (stats.workers.empty() ? "no worker was needed yet\n" : worker_table(stats.workers));
    out += "\n" + (stats.datasources.empty() ? "no datasource was used yet\n"
                                             : datasource_table(stats.datasources));
    return out;
}

json status_json(const host_stats& stats) {
    json datasources = json::array();
    for (const datasource_stats& one : stats.datasources)
        datasources.push_back(datasource_json(one));
    json workers = json::array();
    for (const worker_stats& one : stats.workers)
        workers.push_back(worker_json(one));
    return {
        {"version", stats.version},
        {"opened_at", utc_text(stats.opened_at)},
        {"pid", stats.pid},
        {"clients", stats.clients},
        {"workers", std::move(workers)},
        {"datasources", std::move(datasources)}};
}

}  // namespace qry::cli
