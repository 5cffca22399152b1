#include "bits.hpp"

#include <catch2/catch.hpp>

using namespace qry::arrow_ipc;

namespace {

// Bits 0, 2, 4, 6 of the first byte, all of the second, bits 4 to 7 of the third.
constexpr std::uint8_t pattern[] = {0x55, 0xFF, 0xF0};

}  // namespace

TEST_CASE("bits are counted from any bit to any bit") {
    CHECK(count_set_bits(pattern, 0, 24) == 16);
    CHECK(count_set_bits(pattern, 1, 7) == 3);
    CHECK(count_set_bits(pattern, 3, 10) == 7);
    CHECK(count_set_bits(pattern, 16, 4) == 0);
    CHECK(count_set_bits(pattern, 5, 0) == 0);
    const std::vector<std::uint8_t> ones(40, 0xFF);
    CHECK(count_set_bits(ones.data(), 3, 311) == 311);
}

TEST_CASE("copied bits start at bit 0 and are followed by zeros") {
    // In order of rows 1010'1010 1111'1111 0000'1111; from row 3 on 0101'0111 1111'1000, which is
    // 0xEA and 0x1F with the first row in the lowest bit.
    const std::vector<std::byte> shifted = copy_bits(pattern, 3, 16);
    CHECK(shifted == std::vector<std::byte>{std::byte{0xEA}, std::byte{0x1F}});
    CHECK(copy_bits(pattern, 1, 3) == std::vector<std::byte>{std::byte{0x02}});
    CHECK(copy_bits(pattern, 8, 4) == std::vector<std::byte>{std::byte{0x0F}});
    CHECK(copy_bits(pattern, 7, 0).empty());
}

TEST_CASE("no byte beyond the last bit is read") {
    // In memory of their own, where a sanitizer sees a byte too many.
    const std::vector<std::uint8_t> bits{0x80, 0x01};
    CHECK(copy_bits(bits.data(), 7, 2) == std::vector<std::byte>{std::byte{0x03}});
    CHECK(count_set_bits(bits.data(), 7, 9) == 2);
}
