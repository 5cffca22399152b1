// One Python value: the Arrow type that holds it exactly, and the way into a builder of that type.
#pragma once

#include <pybind11/pybind11.h>

#include <qry/kit/arrow/column_builder.hpp>
#include <qry/kit/arrow/type.hpp>

#include <optional>
#include <string>

namespace qry::python {

// `where` is how errors name the value: "$2", "$2[3]".
//
// The type of a value by itself; nothing for None. `field` carries metadata too (uuid, decimal).
[[nodiscard]] std::optional<arrow::field> type_of_argument(
    pybind11::handle value, const std::string& where
);
// A type that holds both exactly, for the items of a list; throws TypeError when there is none.
[[nodiscard]] arrow::field common_type(
    const arrow::field& a, const arrow::field& b, const std::string& where
);
// value is None or fits the builder's type, which came from the two functions above.
void append_argument(arrow::column_builder& to, pybind11::handle value, const std::string& where);

// Dates and times; the same three steps.
[[nodiscard]] std::optional<arrow::data_type> type_of_time(pybind11::handle value);
void append_time_argument(
    arrow::column_builder& to, pybind11::handle value, const std::string& where
);

}  // namespace qry::python
