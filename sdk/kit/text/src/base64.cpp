#include <qry/kit/text/base64.hpp>

#include <array>
#include <cstdint>

namespace qry::text {

namespace {

constexpr std::string_view standard =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view for_urls =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t none = 0xff;

using digit_values = std::array<std::uint8_t, 256>;

constexpr digit_values values_of(std::string_view alphabet) {
    digit_values out{};
    out.fill(none);
    for (std::size_t i = 0; i < alphabet.size(); ++i)
        out[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
    return out;
}
constexpr digit_values standard_values = values_of(standard);
constexpr digit_values url_values = values_of(for_urls);

}  // namespace

std::string encode_base64(std::string_view bytes, base64_alphabet which) {
    const std::string_view alphabet = which == base64_alphabet::url ? for_urls : standard;
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::size_t left = bytes.size() - i;
        const auto byte = [&](std::size_t k) -> std::uint32_t {
            return k < left ? static_cast<unsigned char>(bytes[i + k]) : 0;
        };
        const std::uint32_t group = byte(0) << 16 | byte(1) << 8 | byte(2);
        out += alphabet[group >> 18];
        out += alphabet[group >> 12 & 63];
        out += left > 1 ? alphabet[group >> 6 & 63] : '=';
        out += left > 2 ? alphabet[group & 63] : '=';
    }
    return out;
}

std::optional<std::size_t> decode_base64(
    std::string_view text, char* to, base64_alphabet which
) noexcept {
    const digit_values& values = which == base64_alphabet::url ? url_values : standard_values;
    const auto value_of = [&](char c) -> std::uint32_t {
        return values[static_cast<unsigned char>(c)];
    };
    if (text.size() % 4 != 0) return std::nullopt;
    const char* const start = to;
    std::size_t padding = 0;
    if (text.ends_with("==")) {
        padding = 2;
    } else if (text.ends_with('=')) {
        padding = 1;
    }
    const std::size_t whole = text.size() - (padding != 0 ? 4 : 0);
    for (std::size_t i = 0; i < whole; i += 4) {
        const std::uint32_t a = value_of(text[i]);
        const std::uint32_t b = value_of(text[i + 1]);
        const std::uint32_t c = value_of(text[i + 2]);
        const std::uint32_t d = value_of(text[i + 3]);
        if (((a | b | c | d) & 0xc0) != 0) return std::nullopt;
        const std::uint32_t group = a << 18 | b << 12 | c << 6 | d;
        *to++ = static_cast<char>(group >> 16);
        *to++ = static_cast<char>(group >> 8);
        *to++ = static_cast<char>(group);
    }
    if (padding == 0) return static_cast<std::size_t>(to - start);
    const std::uint32_t a = value_of(text[whole]);
    const std::uint32_t b = value_of(text[whole + 1]);
    const std::uint32_t c = padding == 1 ? value_of(text[whole + 2]) : 0;
    const bool spare = padding == 1 ? (c & 3) != 0 : (b & 15) != 0;
    if (((a | b | c) & 0xc0) != 0 || spare) return std::nullopt;
    const std::uint32_t group = a << 18 | b << 12 | c << 6;
    *to++ = static_cast<char>(group >> 16);
    if (padding == 1) *to++ = static_cast<char>(group >> 8);
    return static_cast<std::size_t>(to - start);
}

std::optional<std::string> decode_base64(std::string_view text) {
    std::string out(base64_room(text.size()), '\0');
    const auto size = decode_base64(text, out.data());
    if (!size) return std::nullopt;
    out.resize(*size);
    return out;
}

}  // namespace qry::text
