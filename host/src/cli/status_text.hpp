// The figures of a host, for people and as JSON.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include <qry/host.hpp>

namespace qry::cli {

// What runs, in a line; then a table of workers and one of datasources.
[[nodiscard]] std::string status_text(const host_stats& stats);

// All of it, with the names of stats.hpp; durations in seconds, with the bounds of the buckets.
[[nodiscard]] nlohmann::ordered_json status_json(const host_stats& stats);

}  // namespace qry::cli
