#include "schema/checksum.hpp"

#include <bit>
#include <cstring>

#include "schema/layout.hpp"

namespace qry::schema {

std::uint64_t checksum(const std::byte* block, std::size_t size) noexcept {
    constexpr std::uint64_t odd = 0x9E3779B97F4A7C15;
    constexpr std::size_t skipped = offsetof(image_header, checksum);
    std::uint64_t running = size;
    for (std::size_t at = 0; at + 8 <= size; at += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, block + at, 8);
        if (at == skipped) word = 0;
        running = std::rotl((running ^ word) * odd, 29);
    }
    return running;
}

}  // namespace qry::schema
