// base64 with padding (RFC 4648 §4), strict when read: no white space, no missing or surplus
// padding, no bits set behind the last byte. Each byte string has one text.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace qry::text {

[[nodiscard]] std::string encode_base64(std::string_view bytes);
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view text);

// Writing in place: `to` has base64_room(text.size()) bytes; how many were written, or nothing.
[[nodiscard]] constexpr std::size_t base64_room(std::size_t text_size) noexcept {
    return text_size / 4 * 3 + 3;
}
[[nodiscard]] std::optional<std::size_t> decode_base64(std::string_view text, char* to) noexcept;

}  // namespace qry::text
