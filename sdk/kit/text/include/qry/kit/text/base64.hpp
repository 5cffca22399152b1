// base64 with padding (RFC 4648 §4 and §5), strict when read: no white space, no missing or surplus
// padding, no bits set behind the last byte, nothing of the other alphabet. Each byte string has
// one text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace qry::text {

enum class base64_alphabet : std::uint8_t {
    // '+' and '/'
    standard,
    // '-' and '_'
    url,
};

[[nodiscard]] std::string encode_base64(
    std::string_view bytes, base64_alphabet which = base64_alphabet::standard
);
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view text);

// Writing in place: `to` has base64_room(text.size()) bytes; how many were written, or nothing.
[[nodiscard]] constexpr std::size_t base64_room(std::size_t text_size) noexcept {
    return text_size / 4 * 3 + 3;
}
[[nodiscard]] std::optional<std::size_t> decode_base64(
    std::string_view text, char* to, base64_alphabet which = base64_alphabet::standard
) noexcept;

}  // namespace qry::text
