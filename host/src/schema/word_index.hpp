// Which words occur in the texts of a snapshot, and where these texts stand: a part of the block.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "schema/staging.hpp"

namespace qry::schema {

// The sections of the same names in layout.hpp.
struct word_index {
    std::vector<std::uint32_t> word_ends{0};
    std::string word_bytes;
    std::vector<std::uint32_t> first_postings;
    std::vector<std::uint32_t> postings;
    std::vector<std::uint32_t> first_places;
    std::vector<std::uint32_t> places;
};

// Tables and columns must be in their final order.
[[nodiscard]] word_index make_word_index(const staging& from);

}  // namespace qry::schema
