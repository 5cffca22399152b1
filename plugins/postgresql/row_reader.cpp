#include "row_reader.hpp"

#include <algorithm>

#include <qry/version.h>
#include <qry/kit/arrow/binary_builder.hpp>
#include <qry/kit/arrow/fixed_builder.hpp>

#include "bytes.hpp"
#include "error.hpp"

namespace qry::postgresql {

namespace {

// How many bytes of a batch a row of NULLs takes in this column.
std::size_t null_bytes(const value_plan& plan) {
    std::size_t bytes = static_cast<std::size_t>(plan.type.row_bits()) / 8 + 1;
    if (plan.form != value_form::composite) return bytes;
    for (const value_plan& field : plan.children)
        bytes += null_bytes(field);
    return bytes;
}

// How many bytes of a batch come of one on the wire, at most. A bit of a bit string becomes a whole
// byte; a NULL of four bytes a decimal256 of 32, or all fields of a composite; a numeric of ten
// bytes, 131,072 digits of text.
std::size_t growth_of(const value_plan& plan) {
    constexpr std::size_t least = 8;
    constexpr std::size_t of_numeric_text = 20'000;
    std::size_t most = std::max(least, null_bytes(plan) / sizeof(std::int32_t));
    if (plan.form == value_form::numeric && plan.type.id() == arrow::type_id::utf8) {
        most = of_numeric_text;
    }
    for (const value_plan& child : plan.children)
        most = std::max(most, growth_of(child));
    return most;
}

std::size_t growth_of(const std::vector<column_plan>& columns) {
    std::size_t most = 1;
    for (const column_plan& c : columns)
        most = std::max(most, growth_of(c.value));
    return most;
}

arrow::batch_builder::bounds cut(arrow::batch_builder::bounds limit) {
    if (limit.rows < 1 || limit.rows > QRY_BATCH_MAX_ROWS) limit.rows = QRY_BATCH_MAX_ROWS;
    if (limit.bytes < 1 || limit.bytes > QRY_BATCH_MAX_BYTES) limit.bytes = QRY_BATCH_MAX_BYTES;
    return limit;
}

}  // namespace

row_reader::row_reader(
    const std::vector<column_plan>& columns,
    arrow::memory memory,
    arrow::batch_builder::bounds limit,
    bool check_text
)
    : batch_(fields_of(columns), memory, cut(limit)),
      limit_(cut(limit)),
      growth_(growth_of(columns)) {
    look_after_ = static_cast<std::size_t>(limit_.bytes) / growth_;
    columns_ = columns.size();
    decoders_.reserve(columns.size());
    fast_.reserve(columns.size());
    names_.reserve(columns.size());
    for (std::size_t i = 0; i < columns.size(); ++i) {
        names_.push_back(columns[i].name);
        decoders_.push_back(make_decoder(columns[i].value, batch_.column(i), problem_, check_text));
        fast_.push_back(make_fast_column(columns[i].value, batch_.column(i), check_text));
    }
}

// Inlined by order, as the next two: a call costs as much as a value does.
[[gnu::always_inline]] inline bool row_reader::put_fixed(
    const fast_column& c, std::int64_t row, const std::uint8_t* data
) {
    constexpr std::int32_t days = 10'957;
    constexpr std::int64_t micros = days * std::int64_t{86'400'000'000};
    switch (c.form) {
        case fast_form::two:
            put(c.values, row, load<std::uint16_t>(data));
            return true;
        case fast_form::four:
            put(c.values, row, load<std::uint32_t>(data));
            return true;
        case fast_form::eight:
            put(c.values, row, load<std::uint64_t>(data));
            return true;
        case fast_form::date:
            return put_since_2000(c.values, row, load<std::int32_t>(data), days);
        case fast_form::timestamp:
            return put_since_2000(c.values, row, load<std::int64_t>(data), micros);
        case fast_form::boolean:
            static_cast<arrow::bool_builder&>(*c.out).append(*data != 0);
            return true;
        // Their values are wider than any row.
        case fast_form::none:
        case fast_form::decimal128:
        case fast_form::bytes:
            __builtin_unreachable();
    }
    __builtin_unreachable();
}

[[gnu::always_inline]] inline bool row_reader::put_variable(
    const fast_column& c, std::int64_t row, const std::uint8_t* data, std::int32_t size
) {
    if (size < 0) return false;
    if (c.form == fast_form::bytes) {
        static_cast<arrow::binary_builder&>(*c.out).append(
            {reinterpret_cast<const char*>(data), static_cast<std::size_t>(size)}
        );
        return true;
    }
    if (c.form != fast_form::decimal128) return false;
    std::int64_t value;
    if (!read_short_decimal(data, static_cast<std::uint32_t>(size), c.scale, c.limit, value)) {
        return false;
    }
    put(c.values, row, arrow::int128{value});
    return true;
}

[[gnu::always_inline]] inline row_sink::outcome row_reader::take_one(
    std::span<const std::uint8_t> row
) {
    const std::uint8_t* at = row.data();
    const std::uint8_t* const end = at + row.size();
    if (row.size() < 2 || load<std::uint16_t>(at) != columns_) [[unlikely]]
        return fail_malformed();
    at += 2;
    const std::int64_t number = batch_.rows();
    if (number == room_) [[unlikely]]
        make_room();
    for (fast_column& c : fast_) {
        const auto left = end - at;
        if (left >= c.taken) {
            std::uint32_t length_word;
            std::memcpy(&length_word, at, sizeof(length_word));
            if (length_word == c.length_word && put_fixed(c, number, at + 4)) [[likely]] {
                at += c.taken;
                continue;
            }
        }
        if (left < 4) [[unlikely]]
            return fail_malformed();
        const auto size = load<std::int32_t>(at);
        at += 4;
        if (size > left - 4 || size < -1) [[unlikely]]
            return fail_malformed();
        if (!put_variable(c, number, at, size)) {
            const auto i = static_cast<std::size_t>(&c - fast_.data());
            if (!put_slowly(i, number, at, size)) return fail(i);
        }
        if (size > 0) at += size;
    }
    if (at != end) [[unlikely]]
        return fail_malformed();
    batch_.end_rows(1);
    full_ = batch_.rows() >= limit_.rows || check_size(row.size());
    return full_ ? outcome::full : outcome::more;
}

row_sink::outcome row_reader::take(std::span<const std::uint8_t> row) {
    return take_one(row);
}

row_sink::outcome row_reader::take_all(input_buffer& in) {
    std::span<const std::uint8_t> row;
    while (in.next_if('D', row)) {
        const outcome got = take_one(row);
        if (got != outcome::more) [[unlikely]]
            return got;
    }
    return outcome::more;
}

bool row_reader::put_slowly(
    std::size_t column, std::int64_t row, const std::uint8_t* data, std::int32_t size
) {
    fast_column& c = fast_[column];
    if (c.access != nullptr) c.access->set_length(*c.out, row);
    if (size < 0) {
        c.out->append_null();
    } else if (!decoders_[column]->append(data, static_cast<std::uint32_t>(size))) {
        return false;
    }
    // It may have grown.
    if (c.access != nullptr) c.values = c.access->values(*c.out);
    return true;
}

// Room for the same number of rows in all columns that are written in place.
void row_reader::make_room() {
    count_rows();
    room_ = limit_.rows;
    for (fast_column& c : fast_) {
        if (c.access == nullptr) continue;
        c.out->reserve(1);
        c.values = c.access->values(*c.out);
        room_ = std::min(room_, c.access->capacity(*c.out));
    }
}

void row_reader::count_rows() noexcept {
    for (fast_column& c : fast_) {
        if (c.access != nullptr) c.access->set_length(*c.out, batch_.rows());
    }
}

// Asking every builder for its size costs more than a row; so it is done only when the bytes that
// came could have filled the batch.
bool row_reader::check_size(std::size_t wire_bytes) noexcept {
    unlooked_ += wire_bytes;
    if (unlooked_ < look_after_) [[likely]]
        return false;
    unlooked_ = 0;
    const std::int64_t left = limit_.bytes - batch_.byte_size();
    if (left <= 0) return true;
    look_after_ = static_cast<std::size_t>(left) / growth_;
    return false;
}

row_sink::outcome row_reader::fail(std::size_t column) {
    failed_column_ = names_[column];
    return outcome::failed;
}

row_sink::outcome row_reader::fail_malformed() {
    problem_.malformed = true;
    problem_.what = "a data row does not have the shape that was announced";
    return outcome::failed;
}

error row_reader::failure() {
    if (problem_.malformed && failed_column_.empty()) return protocol_broken(problem_.what);
    return {
        .kind = status::query_error,
        .message = "column \"" + failed_column_ + "\": " + problem_.what,
        .hint = problem_.hint};
}

unique_array row_reader::finish() {
    count_rows();
    full_ = false;
    room_ = 0;
    unlooked_ = 0;
    look_after_ = static_cast<std::size_t>(limit_.bytes) / growth_;
    return batch_.finish();
}

row_sink::outcome cell_collector::take(std::span<const std::uint8_t> row) {
    if (!read_data_row(row, cells_) || !each_(data_, cells_)) return outcome::failed;
    return outcome::more;
}

error cell_collector::failure() {
    return protocol_broken("a catalog query was answered in a shape that was not asked for");
}

}  // namespace qry::postgresql
