// QRY_LOG=trace: one query followed by its id through client, host, worker and plugin.
//
//     client: query k3f9x2q-1a +0 us: asked of 'sales'
//     host: query k3f9x2q-1a +41 us: sent
//
// The time is counted from the caller's call, in every process: CLOCK_MONOTONIC is one for all of
// a machine. No SQL text, no value and no secret may be in a line.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/log.hpp"

namespace qry::base {

// Ask first: what is not traced is to cost nothing but this.
[[nodiscard]] inline bool tracing() noexcept {
    return log_threshold() >= log_level::trace;
}

// source: "client", "host", "worker", "plugin postgresql". since_ns: when the caller asked
// (clock.hpp); 0 = not known, and no time is written.
void trace(
    std::string_view source, std::string_view query_id, std::int64_t since_ns, std::string_view what
) noexcept;

}  // namespace qry::base
