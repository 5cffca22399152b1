// Columns without a declared type: the values of the first batch decide what they are.
//
// The rule, over the values that are not NULL: all INTEGER is int64; REAL, with INTEGER that
// float64 holds exactly, is float64; other mixes are utf8, numbers as text; anything with a BLOB is
// binary, text and numbers as the bytes of their text; nothing but NULL is utf8. Later batches must
// fit.
#pragma once

#include <cstddef>
#include <cstdint>

#include <qry/kit/arrow/batch_builder.hpp>
#include <qry/result.hpp>

#include "cell.hpp"
#include "types.hpp"

namespace qry::sqlite {

enum class deciding { yes, no };

// Appends the cell to column `index`; while the first batch is being built the column may change
// its type, with the rows that it has.
[[nodiscard]] result<void> append_by_value(
    arrow::batch_builder& batch,
    std::size_t index,
    column_plan& plan,
    const cell& value,
    std::int64_t row,
    deciding first_batch
);

// The first batch is full or the rows have ended: a column of nothing but NULL becomes utf8.
void decide(arrow::batch_builder& batch, std::size_t index, column_plan& plan);

}  // namespace qry::sqlite
