// Wide integers for decimals: the compiler's 128 bits, and 256 bits of our own.
#pragma once

#include <array>
#include <compare>
#include <cstdint>

namespace qry::arrow {

__extension__ using int128 = __int128;
__extension__ using uint128 = unsigned __int128;

// Two's complement, least significant word first: the layout of an Arrow decimal256 on a
// little-endian machine.
struct int256 {
    std::array<std::uint64_t, 4> words{};

    constexpr int256() = default;
    constexpr int256(int128 v) noexcept
        : words{
              static_cast<std::uint64_t>(v),
              static_cast<std::uint64_t>(static_cast<uint128>(v) >> 64),
              v < 0 ? ~std::uint64_t{0} : 0,
              v < 0 ? ~std::uint64_t{0} : 0} {}

    [[nodiscard]] constexpr bool negative() const noexcept { return (words[3] >> 63) != 0; }
    constexpr void negate() noexcept {
        std::uint64_t carry = 1;
        for (std::uint64_t& w : words) {
            w = ~w + carry;
            carry = (carry != 0 && w == 0) ? 1 : 0;
        }
    }
    // this = this * factor + add, read as unsigned; false (and the value is spoilt) when the
    // result needs more than 255 bits.
    [[nodiscard]] constexpr bool multiply_add(std::uint64_t factor, std::uint64_t add) noexcept {
        uint128 carry = add;
        for (std::uint64_t& w : words) {
            carry += static_cast<uint128>(w) * factor;
            w = static_cast<std::uint64_t>(carry);
            carry >>= 64;
        }
        return carry == 0 && !negative();
    }
    // this = this / divisor, read as unsigned; returns the remainder.
    constexpr std::uint64_t divide(std::uint64_t divisor) noexcept {
        uint128 rest = 0;
        for (std::size_t i = 4; i-- > 0;) {
            rest = (rest << 64) | words[i];
            words[i] = static_cast<std::uint64_t>(rest / divisor);
            rest %= divisor;
        }
        return static_cast<std::uint64_t>(rest);
    }
    [[nodiscard]] constexpr bool is_zero() const noexcept {
        return (words[0] | words[1] | words[2] | words[3]) == 0;
    }

    friend constexpr bool operator==(const int256&, const int256&) = default;
    friend constexpr std::strong_ordering operator<=>(const int256& a, const int256& b) noexcept {
        if (a.negative() != b.negative()) return b.negative() <=> a.negative();
        for (std::size_t i = 4; i-- > 0;) {
            if (a.words[i] != b.words[i]) return a.words[i] <=> b.words[i];
        }
        return std::strong_ordering::equal;
    }
};

// value = value * factor + add for non-negative values; false (and the value is unchanged) when
// the result needs more than 127 bits.
[[nodiscard]] inline bool multiply_add(
    int128& value, std::uint64_t factor, std::uint64_t add
) noexcept {
    int128 product;
    int128 sum;
    if (__builtin_mul_overflow(value, factor, &product)) return false;
    if (__builtin_add_overflow(product, static_cast<int128>(add), &sum)) return false;
    value = sum;
    return true;
}

}  // namespace qry::arrow
