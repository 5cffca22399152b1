// Blanks at either end of a text.
#pragma once

#include <string_view>

namespace qry::text {

// Without spaces, tabs and line ends at both ends.
[[nodiscard]] inline std::string_view trimmed(std::string_view text) noexcept {
    constexpr std::string_view blanks = " \t\r\n";
    const std::size_t from = text.find_first_not_of(blanks);
    if (from == std::string_view::npos) return {};
    return text.substr(from, text.find_last_not_of(blanks) + 1 - from);
}

}  // namespace qry::text
