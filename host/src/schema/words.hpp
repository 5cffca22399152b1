// How a text falls into words.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace qry::schema {

// Where a word begins or ends between two bytes. none: the two belong together. hump: "order|Id",
// which whoever writes in lower case does not see.
enum class word_border { none, hump, hard };
[[nodiscard]] word_border border(std::string_view text, std::size_t at) noexcept;

// Bytes of other alphabets belong to words.
[[nodiscard]] bool in_word(unsigned char c) noexcept;

// "customerOrders by_day" = customer, orders, by, day; in lower case.
[[nodiscard]] std::vector<std::string> words_of(std::string_view text);

}  // namespace qry::schema
