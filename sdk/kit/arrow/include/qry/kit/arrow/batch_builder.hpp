// A record batch under construction: one builder a column, and the bounds of a batch.
#pragma once

#include <cassert>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <qry/kit/arrow/column_builder.hpp>

namespace qry::arrow {

class batch_builder {
public:
    struct bounds {
        std::int64_t rows;
        std::int64_t bytes;
    };

    // Bounds are cut to QRY_BATCH_MAX_*; values below 1 mean those.
    batch_builder(std::span<const field> fields, memory from, bounds limit);

    // The builder of a column, by the type that make_builder gives it.
    template <class Builder>
    [[nodiscard]] Builder& column(std::size_t index) noexcept {
        assert(dynamic_cast<Builder*>(columns_[index].get()) != nullptr);
        return static_cast<Builder&>(*columns_[index]);
    }
    [[nodiscard]] column_builder& column(std::size_t index) noexcept { return *columns_[index]; }
    [[nodiscard]] std::size_t column_count() const noexcept { return columns_.size(); }

    // To be called once every column has its value. False when the batch is full: finish() it
    // before the next row. The last row may go beyond the byte bound.
    [[nodiscard]] bool end_row() noexcept {
        ++rows_;
        return rows_ < limit_.rows && byte_size() < limit_.bytes;
    }
    // Rows appended to all columns at once, column by column.
    void end_rows(std::int64_t count) noexcept { rows_ += count; }

    [[nodiscard]] std::int64_t rows() const noexcept { return rows_; }
    [[nodiscard]] std::int64_t byte_size() const noexcept {
        std::int64_t total = rows_ * fixed_row_bits_ / 8;
        for (const variable& v : variable_)
            total += v.builder->payload() + v.builder->length() * v.row_bits / 8;
        return total;
    }
    [[nodiscard]] bool full() const noexcept {
        return rows_ >= limit_.rows || byte_size() >= limit_.bytes;
    }

    // Gives a column another type, before it is full: its rows so far are handed back, and must be
    // appended anew to column(index).
    [[nodiscard]] unique_array retype(std::size_t index, const data_type& type);

    // The rows as a struct array; the builders start afresh, sized by this batch. Throws
    // std::logic_error when a column does not have rows() rows.
    [[nodiscard]] unique_array finish();
    // Drops the rows, of a batch that failed half-way.
    void clear() noexcept;

private:
    void measure();

    // Not thread-safe
    memory from_;
    std::vector<std::unique_ptr<column_builder>> columns_;
    // Builders whose size the number of rows does not tell, children included.
    struct variable {
        const column_builder* builder;
        std::int64_t row_bits;
    };
    std::vector<variable> variable_;
    std::int64_t fixed_row_bits_ = 0;
    std::int64_t rows_ = 0;
    bounds limit_;
};

}  // namespace qry::arrow
