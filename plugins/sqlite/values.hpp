// From cells to columns: a value that its column's type cannot hold exactly is an error, never
// another value.
#pragma once

#include <cstdint>

#include <sqlite3.h>

#include <qry/kit/arrow/batch_builder.hpp>
#include <qry/result.hpp>

#include "cell.hpp"
#include "types.hpp"

namespace qry::sqlite {

// Appends the cell to a column whose type is declared. row counts from 1, for the message.
[[nodiscard]] result<void> append_declared(
    arrow::column_builder& to, const column_plan& plan, const cell& value, std::int64_t row
);

[[nodiscard]] error misfit(const column_plan& plan, const cell& value, std::int64_t row);

}  // namespace qry::sqlite
