#include "row_reader.hpp"

#include <algorithm>

#include <qry/version.h>

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
    decoders_.reserve(columns.size());
    names_.reserve(columns.size());
    for (std::size_t i = 0; i < columns.size(); ++i) {
        names_.push_back(columns[i].name);
        decoders_.push_back(make_decoder(columns[i].value, batch_.column(i), problem_, check_text));
    }
}

row_sink::outcome row_reader::take(std::span<const std::uint8_t> row) {
    const std::uint8_t* at = row.data();
    const std::uint8_t* const end = at + row.size();
    if (row.size() < 2 || load<std::uint16_t>(at) != decoders_.size()) [[unlikely]]
        return fail_malformed();
    at += 2;
    const std::size_t count = decoders_.size();
    for (std::size_t i = 0; i < count; ++i) {
        if (end - at < 4) [[unlikely]]
            return fail_malformed();
        const auto size = load<std::int32_t>(at);
        at += 4;
        if (size < 0) {
            if (size != -1) [[unlikely]]
                return fail_malformed();
            decoders_[i]->append_null();
            continue;
        }
        if (size > end - at) [[unlikely]]
            return fail_malformed();
        if (!decoders_[i]->append(at, static_cast<std::uint32_t>(size))) [[unlikely]]
            return fail(i);
        at += size;
    }
    if (at != end) [[unlikely]]
        return fail_malformed();
    batch_.end_rows(1);
    full_ = batch_.rows() >= limit_.rows || check_size(row.size());
    return full_ ? outcome::full : outcome::more;
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
    full_ = false;
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
