// What qry_host.dbapi needs to know of SQL text.
#pragma once

#include <pybind11/pybind11.h>

namespace qry::python {

void bind_statement(pybind11::module_& m);

}  // namespace qry::python
