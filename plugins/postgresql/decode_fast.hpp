// The values that most columns are made of, decoded without a call and written where the batch has
// them: the form is chosen once per result, and whatever is out of the ordinary (NULL, an infinity,
// a length that cannot be) is left to the column's decoder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>

#include <qry/kit/arrow/column_builder.hpp>
#include <qry/kit/arrow/int256.hpp>

#include "bytes.hpp"
#include "plan.hpp"

namespace qry::postgresql {

enum class fast_form : std::uint8_t {
    none,
    boolean,
    // So many bytes, turned round.
    two,
    four,
    eight,
    date,
    timestamp,
    decimal128,
    // As they are.
    bytes,
};

// A fixed_builder, whatever its type: see its values().
struct in_place {
    std::uint8_t* (*values)(arrow::column_builder&) noexcept;
    std::int64_t (*capacity)(arrow::column_builder&) noexcept;
    void (*set_length)(arrow::column_builder&, std::int64_t) noexcept;
};

struct fast_column {
    fast_form form = fast_form::none;
    // Of a decimal128.
    std::uint8_t scale = 0;
    // Of the forms of fixed width: what a value takes with its length in front, and how that length
    // looks when it is loaded as it lies. Elsewhere beyond any row.
    std::ptrdiff_t taken = std::numeric_limits<std::int32_t>::max();
    std::uint32_t length_word = 0;
    // NULL = the builder counts its rows itself.
    const in_place* access = nullptr;
    std::uint8_t* values = nullptr;
    // 10^precision of a decimal128, or 2^63 where that is less.
    std::uint64_t limit = 0;
    arrow::column_builder* out = nullptr;
};

// `column` is what make_builder gives for the plan's type.
[[nodiscard]] fast_column make_fast_column(
    const value_plan& plan, arrow::column_builder& column, bool check_text
) noexcept;

// As read_numeric and to_decimal, for up to four digit groups and 64 bits; false = ask them.
[[nodiscard, gnu::always_inline]] inline bool read_short_decimal(
    const std::uint8_t* data, std::uint32_t size, int scale, std::uint64_t limit, std::int64_t& out
) noexcept {
    if (size < 8) return false;
    const auto head = load<std::uint64_t>(data);
    const auto count = static_cast<std::uint32_t>(head >> 48);
    // Sign and scale, as read_numeric takes them.
    if (size != 8 + 2 * count || (head & 0xbfff'c000) != 0) return false;
    if (count > 4) return false;
    std::uint64_t all = 0;
    std::uint64_t most = 0;
    for (const std::uint8_t* at = data + 8; at != data + size; at += 2) {
        const std::uint64_t digit = load<std::uint16_t>(at);
        most = digit > most ? digit : most;
        all = all * 10'000 + digit;
    }
    if (most > 9'999) return false;
    const int weight = static_cast<std::int16_t>(head >> 32);
    // The power of ten that the digits stand at, once `scale` digits are before the point.
    switch (4 * (weight - static_cast<int>(count) + 1) + scale) {
        // Divisions by a constant are multiplications.
        case -3:
            if (all % 1'000 != 0) return false;
            all /= 1'000;
            break;
        case -2:
            if (all % 100 != 0) return false;
            all /= 100;
            break;
        case -1:
            if (all % 10 != 0) return false;
            all /= 10;
            break;
        case 0:
            break;
        case 1:
            if (__builtin_mul_overflow(all, 10U, &all)) return false;
            break;
        case 2:
            if (__builtin_mul_overflow(all, 100U, &all)) return false;
            break;
        case 4:
            if (__builtin_mul_overflow(all, 10'000U, &all)) return false;
            break;
        default:
            return false;
    }
    if (all >= limit) return false;
    const auto value = static_cast<std::int64_t>(all);
    out = (head & 0x4000'0000) != 0 ? -value : value;
    return true;
}

template <class T>
[[gnu::always_inline]] inline void put(std::uint8_t* values, std::int64_t row, T value) noexcept {
    std::memcpy(values + static_cast<std::size_t>(row) * sizeof(T), &value, sizeof(T));
}

// The server counts from 2000, Arrow from 1970: `shift` is between them. Both ends of T stand for
// infinities; the upper one overflows.
template <class T>
[[nodiscard, gnu::always_inline]] inline bool put_since_2000(
    std::uint8_t* values, std::int64_t row, T value, T shift
) noexcept {
    T since_1970;
    if (value == std::numeric_limits<T>::min() || __builtin_add_overflow(value, shift, &since_1970))
        [[unlikely]] {
        return false;
    }
    put(values, row, since_1970);
    return true;
}

}  // namespace qry::postgresql
