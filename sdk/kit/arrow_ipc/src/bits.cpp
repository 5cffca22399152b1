#include "bits.hpp"

#include <bit>
#include <cstring>

namespace qry::arrow_ipc {

namespace {

bool bit(const std::uint8_t* bits, std::int64_t at) noexcept {
    return ((bits[at / 8] >> (at % 8)) & 1U) != 0;
}

}  // namespace

std::int64_t count_set_bits(
    const std::uint8_t* bits, std::int64_t first, std::int64_t count
) noexcept {
    const std::int64_t end = first + count;
    std::int64_t set = 0;
    std::int64_t at = first;
    for (; at < end && at % 8 != 0; ++at)
        set += bit(bits, at) ? 1 : 0;
    for (; end - at >= 64; at += 64) {
        std::uint64_t word = 0;
        std::memcpy(&word, bits + at / 8, sizeof(word));
        set += std::popcount(word);
    }
    for (; at < end; ++at)
        set += bit(bits, at) ? 1 : 0;
    return set;
}

std::vector<std::byte> copy_bits(const std::uint8_t* bits, std::int64_t first, std::int64_t count) {
    std::vector<std::byte> out(static_cast<std::size_t>((count + 7) / 8));
    if (count == 0) return out;
    const std::int64_t last_byte = (first + count - 1) / 8;
    const int shift = static_cast<int>(first % 8);
    std::int64_t from = first / 8;
    for (std::byte& to : out) {
        const unsigned low = bits[from] >> shift;
        // With a shift of 0 the next byte moves out of sight.
        const unsigned high = from < last_byte ? unsigned{bits[from + 1]} << (8 - shift) : 0U;
        to = static_cast<std::byte>((low | high) & 0xFFU);
        ++from;
    }
    if (count % 8 != 0) out.back() &= static_cast<std::byte>((1U << (count % 8)) - 1U);
    return out;
}

}  // namespace qry::arrow_ipc
