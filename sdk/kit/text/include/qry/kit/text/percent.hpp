// Percent-encoding of URLs and forms (RFC 3986 §2.1).
#pragma once

#include <string>
#include <string_view>

namespace qry::text {

// Letters, digits and -._~ (RFC 3986 §2.3): what never needs an escape.
[[nodiscard]] constexpr bool is_unreserved(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

// Each byte that is not unreserved, nor in `kept`, becomes %XX with upper-case digits. Readers of
// application/x-www-form-urlencoded take it too: a space is %20, which means the same as '+' there.
[[nodiscard]] inline std::string percent_encode(
    std::string_view bytes, std::string_view kept = {}
) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    // Never grows: no copy of a secret is left where nobody wipes it.
    out.reserve(bytes.size() * 3);
    for (const char c : bytes) {
        if (is_unreserved(c) || kept.find(c) != std::string_view::npos) {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += '%';
        out += digits[byte >> 4U];
        out += digits[byte & 15U];
    }
    return out;
}

}  // namespace qry::text
