// Is this array what its schema says? For arrays that come from somebody else's code.
#pragma once

#include <qry/arrow.h>
#include <qry/kit/arrow/type.hpp>
#include <qry/result.hpp>

namespace qry::arrow {

// Structure (known types, children, buffers present), lengths, null counts, offsets in range and
// not decreasing, dictionary indices, decimal precision, UTF-8. Buffer sizes are not part of the C
// data interface, so that a buffer too short for its length cannot be seen. The error is a
// plugin_error that names column, row and rule. Both must be unreleased.
[[nodiscard]] result<void> validate(const ArrowSchema& schema, const ArrowArray& array);
// With the type read before, for the second and later batches of a result.
[[nodiscard]] result<void> validate(const field& which, const ArrowArray& array);
[[nodiscard]] result<void> validate_schema(const ArrowSchema& schema);

}  // namespace qry::arrow
