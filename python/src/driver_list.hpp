// The installed drivers as dicts, for the Driver and Parameter tuples of the package.
#pragma once

#include <pybind11/pybind11.h>

#include <qry/registry/catalog.hpp>

namespace qry::python {

[[nodiscard]] pybind11::list list_drivers(const registry::catalog& from);

}  // namespace qry::python
