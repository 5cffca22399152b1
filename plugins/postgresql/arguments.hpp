// Bound arguments: one row of Arrow into the parameters of Bind.
//
// Values travel as text, in the server's own notation, and the server reads them as the type that
// it inferred for $n: so an int64 serves an integer, a numeric or a text parameter, a string serves
// a date, and what does not fit is the server's error, with its position. Binary values travel as
// they are.
#pragma once

#include <span>
#include <string>

#include <qry/arrow.h>
#include <qry/kit/arrow/array_view.hpp>
#include <qry/result.hpp>

#include "protocol.hpp"
#include "types.hpp"

namespace qry::postgresql {

// Appends the parameter part of a Bind message: formats, count, values. On failure what was
// appended is to be rewound. Both structures may be NULL: no arguments.
[[nodiscard]] result<void> write_arguments(
    output_buffer& out,
    std::span<const oid> parameters,
    const ArrowSchema* schema,
    const ArrowArray* row
);

// One value that is not null, in the notation that the server reads; `wanted` is the parameter's
// type, 0 = unknown.
[[nodiscard]] result<std::string> argument_text(
    const arrow::array_view& view, std::int64_t row, oid wanted
);

}  // namespace qry::postgresql
