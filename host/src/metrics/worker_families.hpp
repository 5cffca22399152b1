// The part of to_prometheus() that is about worker processes.
#pragma once

#include <vector>

#include "metrics/exposition.hpp"

namespace qry::metrics {

// Workers of the same driver, version and datasource are summed: an old one that drains beside a
// new one must not make two samples of the same name.
void write_workers(exposition& to, const std::vector<worker_stats>& workers);

}  // namespace qry::metrics
