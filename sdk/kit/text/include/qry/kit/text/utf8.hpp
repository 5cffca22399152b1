// UTF-8 as Unicode defines it: no surrogates, no overlong forms, nothing above U+10FFFF.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace qry::text {

// How many bytes at the start of `text` are valid UTF-8; text.size() when all are. A character cut
// off at the end is not valid.
[[nodiscard]] std::size_t valid_utf8_prefix(std::string_view text) noexcept;

[[nodiscard]] inline bool is_valid_utf8(std::string_view text) noexcept {
    return valid_utf8_prefix(text) == text.size();
}

// Each maximal run that cannot be the start of a character becomes one U+FFFD, as browsers do it.
[[nodiscard]] std::string replace_invalid_utf8(std::string_view text);

}  // namespace qry::text
