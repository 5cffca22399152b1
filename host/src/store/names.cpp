#include "names.hpp"

#include <array>
#include <cstdint>
#include <cstdlib>

#include <sys/random.h>

namespace qry::store {

namespace {

constexpr std::size_t longest_name = 64;

bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// The bytes of the UTF-8 sequence at the start of `text`; 0 = there is none.
std::size_t sequence_length(std::string_view text) {
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned first = at(0);
    if (first < 0x80) return first == 0 ? 0 : 1;
    const std::size_t length = first >= 0xc2 && first <= 0xdf   ? 2
                               : first >= 0xe0 && first <= 0xef ? 3
                               : first >= 0xf0 && first <= 0xf4 ? 4
                                                                : 0;
    if (length == 0 || text.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i) {
        if ((at(i) & 0xc0) != 0x80) return 0;
    }
    // Overlong forms, surrogates, and what is beyond U+10FFFF.
    if (first == 0xe0 && at(1) < 0xa0) return 0;
    if (first == 0xed && at(1) > 0x9f) return 0;
    if (first == 0xf0 && at(1) < 0x90) return 0;
    if (first == 0xf4 && at(1) > 0x8f) return 0;
    return length;
}

}  // namespace

result<void> check_name(std::string_view name) {
    bool good = !name.empty() && name.size() <= longest_name && is_letter_or_digit(name.front());
    for (const char c : name)
        good = good && (is_letter_or_digit(c) || c == '_' || c == '.' || c == '-');
    if (good) return {};
    return error{
        .kind = status::invalid_parameter,
        .message = "the datasource name '" + made_storable(name.substr(0, 100)) +
                   "' is not valid: expected 1 to 64 characters, letters A-Z a-z, digits, _ . -, "
                   "the first a letter or a digit",
        .hint = "choose another name, such as 'sales-2024'",
        .from = origin::host,
        .parameter = "name"};
}

bool storable(std::string_view text) noexcept {
    while (!text.empty()) {
        const std::size_t length = sequence_length(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

std::string made_storable(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const std::size_t length = sequence_length(text);
        if (length == 0) {
            out += '?';
        } else {
            out += text.substr(0, length);
        }
        text.remove_prefix(length == 0 ? 1 : length);
    }
    return out;
}

std::string new_id() {
    std::array<std::uint8_t, 16> bytes;
    // Cannot fail for so few bytes once the system is up; an id that repeats would be worse.
    if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
        std::abort();
    bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0f) | 0x40);
    bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3f) | 0x80);
    std::string id;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) id += '-';
        id += "0123456789abcdef"[bytes[i] >> 4];
        id += "0123456789abcdef"[bytes[i] & 15];
    }
    return id;
}

}  // namespace qry::store
