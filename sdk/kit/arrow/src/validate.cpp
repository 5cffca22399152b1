#include <qry/kit/arrow/validate.hpp>

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>
#include <string_view>

#include <qry/kit/arrow/array_view.hpp>
#include <qry/kit/arrow/decimal.hpp>
#include <qry/kit/text/utf8.hpp>

namespace qry::arrow {

namespace {

error broken(const array_view& view, const std::string& what) {
    return {
        .kind = status::plugin_error,
        .message = "Arrow array: column '" + view.name() + "' of type " + view.type().name() +
                   ": " + what};
}

std::string at_row(std::int64_t row) {
    return "row " + std::to_string(row) + ": ";
}

// Nulls by the bitmap alone, a word at a time where that is possible.
std::int64_t count_nulls(const ArrowArray& array) noexcept {
    if (array.n_buffers == 0 || array.buffers[0] == nullptr) return 0;
    const auto* bits = static_cast<const std::uint8_t*>(array.buffers[0]);
    const std::int64_t end = array.offset + array.length;
    std::int64_t valid = 0;
    std::int64_t at = array.offset;
    const auto one = [&] {
        valid += (bits[at / 8] >> (at % 8)) & 1;
        ++at;
    };
    while (at < end && at % 8 != 0)
        one();
    for (; at + 64 <= end; at += 64) {
        std::uint64_t word = 0;
        std::memcpy(&word, bits + at / 8, sizeof(word));
        valid += std::popcount(word);
    }
    while (at < end)
        one();
    return array.length - valid;
}

result<void> check_nulls(const array_view& view) {
    const ArrowArray& array = view.array();
    const bool null_type = view.type().id() == type_id::null;
    const std::int64_t found = null_type ? array.length : count_nulls(array);
    if (array.null_count >= 0 && array.null_count != found) {
        return broken(
            view,
            "null_count is " + std::to_string(array.null_count) + " but " + std::to_string(found) +
                " rows are null"
        );
    }
    if (found > 0 && !view.field().nullable) {
        return broken(view, "has " + std::to_string(found) + " nulls but is not nullable");
    }
    return {};
}

// Offsets of text and lists: from 0 upwards, never down, never beyond `limit` (-1 = unknown).
template <class Offset>
result<void> check_offsets(const array_view& view, std::int64_t limit) {
    const ArrowArray& array = view.array();
    if (array.length == 0) return {};
    const auto* offsets = static_cast<const Offset*>(array.buffers[1]) + array.offset;
    if (offsets[0] < 0) return broken(view, at_row(0) + "its offset is negative");
    // Without a branch a row, so that the compiler compares many at once; where it went wrong is
    // looked for afterwards.
    unsigned fallen = 0;
    for (std::int64_t row = 0; row < array.length; ++row)
        fallen |= offsets[row + 1] < offsets[row] ? 1U : 0U;
    for (std::int64_t row = 0; fallen != 0 && row < array.length; ++row) {
        if (offsets[row + 1] < offsets[row]) {
            return broken(view, at_row(row) + "its end lies before its start");
        }
    }
    if (limit >= 0 && offsets[array.length] > limit) {
        return broken(
            view,
            "its offsets end at " + std::to_string(offsets[array.length]) + " but there are " +
                std::to_string(limit) + " items"
        );
    }
    return {};
}

// True when the bytes of all rows together are valid UTF-8 and no row begins within a character:
// then each row is valid. False says nothing: rows that are null may hold anything.
template <class Offset>
bool all_valid_utf8(const char* data, const Offset* offsets, std::int64_t rows) noexcept {
    const auto from = static_cast<std::size_t>(offsets[0]);
    const auto to = static_cast<std::size_t>(offsets[rows]);
    if (to == from) return true;
    if (!text::is_valid_utf8({data + from, to - from})) return false;
    unsigned inside = 0;
    for (std::int64_t row = 0; row < rows; ++row) {
        // Where the last rows are empty their start is the end; any byte that is there will do.
        const auto start = std::min(static_cast<std::size_t>(offsets[row]), to - 1);
        const bool continues = (static_cast<unsigned char>(data[start]) & 0xC0) == 0x80;
        inside |= continues && start == static_cast<std::size_t>(offsets[row]) ? 1U : 0U;
    }
    return inside == 0;
}

template <class Offset>
result<void> check_text(const array_view& view, bool utf8) {
    if (auto ok = check_offsets<Offset>(view, -1); !ok) return ok;
    const ArrowArray& array = view.array();
    if (array.length == 0) return {};
    const auto* offsets = static_cast<const Offset*>(array.buffers[1]) + array.offset;
    if (array.buffers[2] == nullptr && offsets[array.length] > offsets[0]) {
        return broken(view, "has no buffer 2");
    }
    const auto* data = static_cast<const char*>(array.buffers[2]);
    if (!utf8 || all_valid_utf8(data, offsets, array.length)) return {};
    for (std::int64_t row = 0; row < array.length; ++row) {
        if (!view.is_null(row) && !text::is_valid_utf8(view.bytes(row))) {
            return broken(view, at_row(row) + "is not valid UTF-8");
        }
    }
    return {};
}

// All rows at once, nulls too: false says nothing yet.
bool all_fit(const int128* values, std::int64_t rows, int precision) noexcept {
    // From -limit to limit is one comparison without a sign; 2 * 10^38 fits 128 bits.
    const auto limit = static_cast<uint128>(power_of_ten(precision) - 1);
    unsigned beyond = 0;
    for (std::int64_t row = 0; row < rows; ++row)
        beyond |= static_cast<uint128>(values[row]) + limit > limit * 2 ? 1U : 0U;
    return beyond == 0;
}

result<void> check_decimals(const array_view& view) {
    const bool wide = view.type().id() == type_id::decimal256;
    const ArrowArray& array = view.array();
    if (array.length == 0) return {};
    if (!wide && all_fit(
                     static_cast<const int128*>(array.buffers[1]) + array.offset,
                     array.length,
                     view.type().precision()
                 )) {
        return {};
    }
    for (std::int64_t row = 0; row < view.length(); ++row) {
        if (view.is_null(row)) continue;
        const bool fits = wide ? fits_precision(view.value<int256>(row), view.type().precision())
                               : fits_precision(view.value<int128>(row), view.type().precision());
        if (!fits) {
            const std::string value = format_decimal(view.decimal(row), view.type().scale());
            return broken(view, at_row(row) + value + " has too many digits");
        }
    }
    return {};
}

result<void> check_indices(const array_view& view) {
    const std::int64_t values = view.child(0).length();
    const void* bits = view.array().buffers[0];
    for (std::int64_t row = 0; row < view.length(); ++row) {
        const std::int64_t at = row + view.array().offset;
        const bool null = bits != nullptr &&
                          ((static_cast<const std::uint8_t*>(bits)[at / 8] >> (at % 8)) & 1) == 0;
        // Not is_null(): that would follow the index which is in question.
        if (null) continue;
        const std::int64_t index = view.index(row);
        if (index < 0 || index >= values) {
            return broken(
                view,
                at_row(row) + "index " + std::to_string(index) + " is outside the " +
                    std::to_string(values) + " values of the dictionary"
            );
        }
    }
    return {};
}

std::string too_short(const array_view& child, std::int64_t have, std::int64_t need) {
    return "field '" + child.name() + "' has " + std::to_string(have) + " rows instead of " +
           std::to_string(need);
}

result<void> check_structure(const array_view& view) {
    const std::int64_t need = view.array().offset + view.array().length;
    for (std::size_t i = 0; i < view.child_count(); ++i) {
        const array_view& child = view.child(i);
        if (child.length() < need) return broken(view, too_short(child, child.length(), need));
    }
    return {};
}

result<void> check_map(const array_view& view) {
    const ArrowArray& entries = *view.array().children[0];
    if (entries.length < 0 || entries.offset < 0) return broken(view, "has a negative length");
    if (count_nulls(entries) != 0) return broken(view, "has a null entry");
    for (std::size_t i = 0; i < 2; ++i) {
        const array_view& child = view.child(i);
        const std::int64_t need = entries.offset + entries.length;
        if (child.length() < need) return broken(view, too_short(child, child.length(), need));
    }
    if (count_nulls(view.child(0).array()) != 0) return broken(view, "has a null key");
    return check_offsets<std::int32_t>(view, entries.length);
}

result<void> check_values(const array_view& view) {
    switch (view.type().id()) {
        case type_id::utf8:
            return check_text<std::int32_t>(view, true);
        case type_id::large_utf8:
            return check_text<std::int64_t>(view, true);
        case type_id::binary:
            return check_text<std::int32_t>(view, false);
        case type_id::large_binary:
            return check_text<std::int64_t>(view, false);
        case type_id::decimal128:
        case type_id::decimal256:
            return check_decimals(view);
        case type_id::list:
            return check_offsets<std::int32_t>(view, view.child(0).length());
        case type_id::large_list:
            return check_offsets<std::int64_t>(view, view.child(0).length());
        case type_id::structure:
            return check_structure(view);
        case type_id::map:
            return check_map(view);
        case type_id::dictionary:
            return check_indices(view);
        default:
            return {};
    }
}

result<void> check(const array_view& view) {
    if (auto ok = check_nulls(view); !ok) return ok;
    // Children first where a value of the parent is read through them.
    for (std::size_t i = 0; i < view.child_count(); ++i) {
        if (auto ok = check(view.child(i)); !ok) return ok;
    }
    return check_values(view);
}

}  // namespace

result<void> validate_schema(const ArrowSchema& schema) {
    if (auto field = import_field(schema); !field) return std::move(field).error();
    return {};
}

result<void> validate(const ArrowSchema& schema, const ArrowArray& array) {
    auto view = array_view::make(schema, array);
    if (!view) return std::move(view).error();
    return check(*view);
}

result<void> validate(const field& which, const ArrowArray& array) {
    auto view = array_view::make(which, array);
    if (!view) return std::move(view).error();
    return check(*view);
}

}  // namespace qry::arrow
