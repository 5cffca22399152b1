// Arguments: $1 … become ?, and their values typed literals behind USING.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <qry/arrow.h>
#include <qry/kit/arrow/array_view.hpp>
#include <qry/result.hpp>

namespace qry::starburst {

// The statement to send: `sql` itself when there are no arguments, else
// EXECUTE IMMEDIATE '…' USING literal, …, which the server parses and binds (Trino 418 on). Values
// do not become part of the text that is analysed.
[[nodiscard]] result<std::string> bind_arguments(
    std::string_view sql, const ArrowSchema* schema, const ArrowArray* args
);

// One value as an expression that has the value and, as near as Trino has it, the type. `number` is
// for errors.
[[nodiscard]] result<std::string> literal(
    const arrow::array_view& value, std::int64_t row, std::size_t number
);

}  // namespace qry::starburst
