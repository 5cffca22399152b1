// The rows of a statement that has a result set.
#pragma once

#include <cstdint>
#include <vector>

#include <qry/kit/arrow/batch_builder.hpp>

#include "handles.hpp"
#include "row_source.hpp"
#include "types.hpp"

namespace qry::sqlite {

// counted: the statement is an INSERT, UPDATE, DELETE or REPLACE.
enum class effect { none, counted };
// stored: declared types are not looked at.
enum class typing { declared, stored };

class statement_rows final : public row_source {
public:
    statement_rows(
        sqlite3* db,
        unique_statement statement,
        effect what,
        typing how,
        arrow::memory from,
        arrow::batch_builder::bounds limit
    );

    // Makes the schema final. When the type of a column depends on its values, that takes the
    // first batch, which is then kept for next_batch().
    [[nodiscard]] result<void> settle_types();
    [[nodiscard]] unique_schema schema() const;

    [[nodiscard]] result<unique_array> next_batch() override;
    [[nodiscard]] std::int64_t rows_affected() const noexcept override { return affected_; }

private:
    [[nodiscard]] result<unique_array> build();
    [[nodiscard]] result<void> append_row();
    [[nodiscard]] result<void> check_still_same();

    sqlite3* const db_;
    unique_statement statement_;
    const effect what_;
    const typing how_;
    // Not thread-safe
    std::vector<column_plan> plans_;
    arrow::batch_builder batch_;
    unique_array first_;
    std::int64_t row_ = 0;
    std::int64_t affected_ = -1;
    bool settled_ = false;
};

}  // namespace qry::sqlite
