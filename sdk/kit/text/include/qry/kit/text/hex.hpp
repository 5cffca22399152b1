// Hexadecimal digits.
#pragma once

namespace qry::text {

// 0 to 15 in either case of letters; -1 = no digit.
[[nodiscard]] constexpr int hex_digit(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace qry::text
