// Python values as the arguments $1 … of a statement: an Arrow struct of one row.
#pragma once

#include <pybind11/pybind11.h>

#include <qry/arrow.hpp>

namespace qry::python {

struct bound_arguments {
    // Both empty when there are none.
    unique_schema schema;
    unique_array values;
};

// values: any iterable but text. Throws TypeError naming the position ("$2") and type of a value
// that has no counterpart, InvalidParameter for one that does not fit.
[[nodiscard]] bound_arguments bind_arguments(const pybind11::object& values);

}  // namespace qry::python
