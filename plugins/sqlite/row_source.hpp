// An open result: batches one after another, whatever makes the rows.
#pragma once

#include <cstdint>

#include <qry/arrow.hpp>
#include <qry/result.hpp>

namespace qry::sqlite {

class row_source {
public:
    row_source() = default;
    row_source(const row_source&) = delete;
    row_source& operator=(const row_source&) = delete;
    virtual ~row_source() = default;

    // At least one row, or an empty array at the end.
    [[nodiscard]] virtual result<unique_array> next_batch() = 0;
    // Known once the rows have ended; -1 = not applicable.
    [[nodiscard]] virtual std::int64_t rows_affected() const noexcept { return -1; }
};

}  // namespace qry::sqlite
