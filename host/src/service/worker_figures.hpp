// What the supervisor knows of its workers, as the façade shows it.
#pragma once

#include <chrono>
#include <vector>

#include <qry/stats.hpp>

#include "supervisor/supervisor.hpp"

namespace qry::service {

// One for each worker that lives; for a plugin of which none does, one that tells how its workers
// fared, unless it never had any. What is counted for a plugin as a whole stands at its first.
// Waits for the loops at most so long; not on one of their threads.
[[nodiscard]] std::vector<worker_stats> worker_figures(
    supervisor::supervisor& from, std::chrono::milliseconds patience
);

}  // namespace qry::service
