#include "service/worker_figures.hpp"

#include <string>
#include <string_view>
#include <utility>

#include "supervisor/death.hpp"
#include "supervisor/usage.hpp"

namespace qry::service {

namespace {

// The words of stats.hpp for those of worker_state.
std::string state_word(std::string_view state) {
    if (state == "ready") return "running";
    if (state == "ending" || state == "killed" || state == "dead") return "ended";
    return std::string(state);
}

worker_stats one_worker(const supervisor::worker_report& live) {
    worker_stats out;
    out.version = live.plugin_version;
    out.state = state_word(live.state);
    out.pid = live.process;
    out.sessions = static_cast<std::uint64_t>(live.sessions);
    out.in_flight = static_cast<std::uint64_t>(live.busy);
    out.memory_bytes = live.resident_bytes;
    if (live.process == 0) return out;
    if (const auto now = supervisor::read_usage(live.process)) {
        out.memory_bytes = now->resident_bytes;
        out.threads = now->threads;
        out.descriptors = now->descriptors;
    }
    return out;
}

void put_counts(worker_stats& to, const supervisor::counters& from) {
    to.starts = from.starts;
    to.batches = from.batches;
    to.bytes = from.bytes_received;
    for (std::size_t i = 0; i < supervisor::death_causes; ++i) {
        const auto cause = static_cast<supervisor::death_cause>(i);
        const std::uint64_t times = from.deaths[i];
        // To be asked to end is no accident.
        if (times != 0 && cause != supervisor::death_cause::asked) {
            to.deaths[supervisor::to_text(cause)] = times;
        }
    }
}

}  // namespace

std::vector<worker_stats> worker_figures(
    supervisor::supervisor& from, std::chrono::milliseconds patience
) {
    std::vector<worker_stats> out;
    for (const supervisor::plugin_figures& plugin : from.figures(patience)) {
        // Loaded, and never used; or its loop is too busy to say.
        if (plugin.count->starts == 0 || plugin.workers.empty()) continue;
        const std::size_t first = out.size();
        for (const supervisor::worker_report& live : plugin.workers)
            out.push_back(one_worker(live));
        put_counts(out[first], *plugin.count);
        for (std::size_t i = first; i < out.size(); ++i) {
            out[i].driver = plugin.driver;
            out[i].datasource = plugin.datasource;
        }
    }
    return out;
}

}  // namespace qry::service
