// Notices damage to a block; no protection against malice.
#pragma once

#include <cstddef>
#include <cstdint>

namespace qry::schema {

// size: a multiple of 8. The header's checksum field counts as zero, so that the block may hold it.
// Every step is a bijection of the running value and of the word: damage within one word of 8 bytes
// is always noticed.
[[nodiscard]] std::uint64_t checksum(const std::byte* block, std::size_t size) noexcept;

}  // namespace qry::schema
