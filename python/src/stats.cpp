#include "stats.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>

#include "convert.hpp"
#include "errors.hpp"

namespace py = pybind11;

namespace qry::python {

namespace {

py::dict counts_of(const std::map<std::string, std::uint64_t>& by_name) {
    py::dict out;
    for (const auto& [name, count] : by_name)
        out[to_text(name)] = count;
    return out;
}

py::dict latency_dict(const latency_histogram& h) {
    py::list bounds;
    for (const auto bound : latency_histogram::bounds)
        bounds.append(in_seconds(bound));
    py::list counts;
    for (const std::uint64_t count : h.counts)
        counts.append(count);
    py::dict out;
    out["bounds"] = py::tuple(bounds);
    out["counts"] = py::tuple(counts);
    out["total"] = h.total;
    out["sum"] = in_seconds(h.sum);
    return out;
}

py::dict datasource_dict(const datasource_stats& s) {
    py::dict out;
    out["name"] = to_text(s.name);
    out["driver"] = to_text(s.driver);
    out["isolation"] = to_text(s.isolation);
    out["pool"] = pool_dict(s.pool);
    out["queries"] = s.queries;
    out["succeeded"] = s.succeeded;
    out["errors"] = counts_of(s.errors);
    out["in_flight"] = s.in_flight;
    out["rows"] = s.rows;
    out["batches"] = s.batches;
    out["bytes"] = s.bytes;
    out["cancels_sent"] = s.cancels_sent;
    out["cancels_confirmed"] = s.cancels_confirmed;
    out["cancels_escalated"] = s.cancels_escalated;
    out["latency"] = latency_dict(s.latency);
    return out;
}

py::dict worker_dict(const worker_stats& s) {
    py::dict out;
    out["driver"] = to_text(s.driver);
    out["version"] = to_text(s.version);
    out["datasource"] = to_text_or_none(s.datasource);
    out["state"] = to_text(s.state);
    out["pid"] = s.pid;
    out["starts"] = s.starts;
    out["deaths"] = counts_of(s.deaths);
    out["sessions"] = s.sessions;
    out["in_flight"] = s.in_flight;
    out["batches"] = s.batches;
    out["bytes"] = s.bytes;
    out["memory_bytes"] = s.memory_bytes;
    out["threads"] = s.threads;
    out["descriptors"] = s.descriptors;
    return out;
}

// So that there is one rule of what a quantile is. In seconds.
double latency_quantile(const py::sequence& counts, double p) {
    latency_histogram h;
    if (counts.size() != h.counts.size()) {
        throw invalid_argument(
            "counts",
            "counts has " + std::to_string(counts.size()) + " entries; expected " +
                std::to_string(h.counts.size()),
            "pass the counts of a Latency as they are"
        );
    }
    for (std::size_t i = 0; i < h.counts.size(); ++i)
        h.counts[i] = counts[i].cast<std::uint64_t>();
    return in_seconds(h.quantile(p));
}

}  // namespace

py::dict pool_dict(const pool_stats& s) {
    py::dict out;
    out["size"] = s.size;
    out["idle"] = s.idle;
    out["in_use"] = s.in_use;
    out["waiting"] = s.waiting;
    out["created"] = s.created;
    out["destroyed"] = counts_of(s.destroyed);
    out["acquired"] = s.acquired;
    out["timeouts"] = s.timeouts;
    out["cancelled"] = s.cancelled;
    return out;
}

py::dict stats_dict(const host_stats& s) {
    py::list datasources;
    for (const datasource_stats& one : s.datasources)
        datasources.append(datasource_dict(one));
    py::list workers;
    for (const worker_stats& one : s.workers)
        workers.append(worker_dict(one));
    py::dict out;
    out["version"] = to_text(s.version);
    out["opened_at"] = since_epoch(s.opened_at);
    out["pid"] = s.pid;
    out["clients"] = s.clients;
    out["datasources"] = datasources;
    out["workers"] = workers;
    return out;
}

void bind_stats(py::module_& m) {
    m.def("latency_quantile", &latency_quantile, py::arg("counts"), py::arg("p"));
}

}  // namespace qry::python
