// The part of to_prometheus() that is about worker processes.
#pragma once

#include <vector>

#include "metrics/exposition.hpp"

namespace qry::metrics {

// Workers of the same driver and datasource are summed, and only their number tells their version:
// an old one that drains beside a new one must not make two samples of the same name, and a counter
// must not begin anew with each upgrade.
void write_workers(exposition& to, const std::vector<worker_stats>& workers);

}  // namespace qry::metrics
