// Data rows into batches.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <qry/error.hpp>
#include <qry/kit/arrow/batch_builder.hpp>

#include "decode.hpp"
#include "decode_fast.hpp"
#include "messages.hpp"
#include "protocol.hpp"

namespace qry::postgresql {

// Where the rows of a statement go.
class row_sink {
public:
    enum class outcome {
        more,
        // Taken, and it was the last that fits: hand the batch over first.
        full,
        // Not taken; failure() says why.
        failed,
    };
    row_sink() = default;
    row_sink(const row_sink&) = delete;
    row_sink& operator=(const row_sink&) = delete;
    virtual ~row_sink() = default;
    [[nodiscard]] virtual outcome take(std::span<const std::uint8_t> row) = 0;
    [[nodiscard]] virtual error failure() = 0;
    // After a failure: nothing that this server says can be trusted any more.
    [[nodiscard]] virtual bool poisoned() const noexcept { return true; }
};

class row_reader final : public row_sink {
public:
    // check_text: see make_decoder.
    row_reader(
        const std::vector<column_plan>& columns,
        arrow::memory memory,
        arrow::batch_builder::bounds limit,
        bool check_text
    );

    outcome take(std::span<const std::uint8_t> row) override;
    // All rows at the front of what came, up to the one that fills the batch. `more`: what follows
    // is no row, or not whole yet.
    [[nodiscard]] outcome take_all(input_buffer& in);
    error failure() override;
    bool poisoned() const noexcept override { return problem_.malformed; }

    [[nodiscard]] std::int64_t rows() const noexcept { return batch_.rows(); }
    [[nodiscard]] bool full() const noexcept { return full_; }
    [[nodiscard]] unique_array finish();
    // Another decoder for a column, of the caller's making: make(column, problem).
    template <class Make>
    void replace(std::size_t index, Make make) {
        decoders_[index] = make(batch_.column(index), problem_);
        fast_[index] = fast_column{.out = &batch_.column(index)};
    }

private:
    outcome take_one(std::span<const std::uint8_t> row);
    // False, with nothing written, when the value is not of the column's ordinary kind.
    [[nodiscard]] bool put_fixed(const fast_column& c, std::int64_t row, const std::uint8_t* data);
    [[nodiscard]] bool put_variable(
        const fast_column& c, std::int64_t row, const std::uint8_t* data, std::int32_t size
    );
    // By the column's decoder; size -1 = NULL.
    [[nodiscard]] bool put_slowly(
        std::size_t column, std::int64_t row, const std::uint8_t* data, std::int32_t size
    );
    void make_room();
    void count_rows() noexcept;
    [[nodiscard]] bool check_size(std::size_t wire_bytes) noexcept;
    outcome fail(std::size_t column);
    outcome fail_malformed();

    // Not thread-safe
    std::vector<std::string> names_;
    arrow::batch_builder batch_;
    decode_problem problem_;
    std::vector<fast_column> fast_;
    std::size_t columns_ = 0;
    // For what is out of the ordinary, and for the types that are.
    std::vector<std::unique_ptr<decoder>> decoders_;
    arrow::batch_builder::bounds limit_;
    // Bytes of a batch that come of one on the wire, at most.
    std::size_t growth_;
    // Rows that fit before make_room().
    std::int64_t room_ = 0;
    std::string failed_column_;
    // Bytes of rows since the last look at the batch's size, and when to look again.
    std::size_t unlooked_ = 0;
    std::size_t look_after_ = 0;
    bool full_ = false;
};

// Rows as cells of text, for the driver's own small queries.
class cell_collector final : public row_sink {
public:
    // `columns` cells a row; each row is shown to `each`, which says false to refuse it.
    using row_function = bool (*)(void* data, std::span<const cell> row);
    cell_collector(std::size_t columns, row_function each, void* data)
        : cells_(columns), each_(each), data_(data) {}
    outcome take(std::span<const std::uint8_t> row) override;
    error failure() override;

private:
    std::vector<cell> cells_;
    row_function each_;
    void* data_;
};

}  // namespace qry::postgresql
