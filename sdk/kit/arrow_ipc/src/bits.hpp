// Ranges of bits, least significant first, as Arrow keeps validity and booleans.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace qry::arrow_ipc {

[[nodiscard]] std::int64_t count_set_bits(
    const std::uint8_t* bits, std::int64_t first, std::int64_t count
) noexcept;

// The bits [first, first + count) from bit 0 of a new buffer on; bits beyond them are 0. Reads no
// byte that holds none of them.
[[nodiscard]] std::vector<std::byte> copy_bits(
    const std::uint8_t* bits, std::int64_t first, std::int64_t count
);

}  // namespace qry::arrow_ipc
