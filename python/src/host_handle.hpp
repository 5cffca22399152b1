// The host, as Python holds it, and what happens to it when the interpreter ends.
#pragma once

#include <pybind11/pybind11.h>

namespace qry::python {

void bind_host(pybind11::module_& m);

}  // namespace qry::python
