// The figures of a host as Python's dicts, which qry_host._stats makes its dataclasses of.
#pragma once

#include <pybind11/pybind11.h>

#include <qry/stats.hpp>

namespace qry::python {

// The keys are the names of the structs' members; durations in seconds.
[[nodiscard]] pybind11::dict stats_dict(const host_stats& s);
[[nodiscard]] pybind11::dict pool_dict(const pool_stats& s);

void bind_stats(pybind11::module_& m);

}  // namespace qry::python
