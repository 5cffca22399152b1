#include "base64url.hpp"

#include <array>

namespace qry::credential {

namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t not_a_digit = 0xff;

constexpr std::array<std::uint8_t, 256> digit_values = [] {
    std::array<std::uint8_t, 256> values{};
    values.fill(not_a_digit);
    for (std::size_t i = 0; i < alphabet.size(); ++i)
        values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
    return values;
}();

std::size_t padding_of(std::string_view text) {
    if (text.ends_with("==")) return 2;
    return text.ends_with("=") ? 1 : 0;
}

}  // namespace

std::string base64url_encode(std::span<const std::uint8_t> bytes) {
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::size_t here = bytes.size() - i < 3 ? bytes.size() - i : 3;
        std::uint32_t group = 0;
        for (std::size_t k = 0; k < 3; ++k)
            group = group << 8 | (k < here ? bytes[i + k] : 0u);
        for (std::size_t k = 0; k < 4; ++k)
            text += k <= here ? alphabet[group >> (18 - 6 * k) & 0x3f] : '=';
    }
    return text;
}

std::optional<std::vector<std::uint8_t>> base64url_decode(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    const std::size_t padding = padding_of(text);
    const std::size_t digits = text.size() - padding;
    std::vector<std::uint8_t> bytes;
    bytes.reserve(text.size() / 4 * 3);
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < digits; ++i) {
        const std::uint8_t value = digit_values[static_cast<unsigned char>(text[i])];
        if (value == not_a_digit) return std::nullopt;
        group = group << 6 | value;
        if (i % 4 != 0) bytes.push_back(static_cast<std::uint8_t>(group >> (6 - i % 4 * 2)));
        if (i % 4 == 3) group = 0;
    }
    // Two digits carry 12 bits for one byte, three carry 18 for two: the rest must be zero, or two
    // texts would stand for the same bytes.
    if (padding == 2 && (group & 0x0f) != 0) return std::nullopt;
    if (padding == 1 && (group & 0x03) != 0) return std::nullopt;
    return bytes;
}

}  // namespace qry::credential
