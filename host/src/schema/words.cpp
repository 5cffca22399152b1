#include "schema/words.hpp"

#include "schema/lookup.hpp"

namespace qry::schema {

namespace {

bool is_lower(unsigned char c) {
    return c >= 'a' && c <= 'z';
}
bool is_upper(unsigned char c) {
    return c >= 'A' && c <= 'Z';
}
bool is_digit(unsigned char c) {
    return c >= '0' && c <= '9';
}

}  // namespace

bool in_word(unsigned char c) noexcept {
    return is_lower(c) || is_upper(c) || is_digit(c) || c >= 0x80;
}

word_border border(std::string_view text, std::size_t at) noexcept {
    if (at == 0 || at >= text.size()) return word_border::hard;
    const auto before = static_cast<unsigned char>(text[at - 1]);
    const auto after = static_cast<unsigned char>(text[at]);
    if (!in_word(before) || !in_word(after)) return word_border::hard;
    if (is_digit(before) != is_digit(after)) return word_border::hard;
    if (!is_upper(after)) return word_border::none;
    if (is_lower(before)) return word_border::hump;
    // "HTTPServer" is HTTP, Server.
    const bool hump = at + 1 < text.size() && is_lower(static_cast<unsigned char>(text[at + 1]));
    return is_upper(before) && hump ? word_border::hump : word_border::none;
}

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> out;
    std::size_t begin = 0;
    for (std::size_t i = 1; i <= text.size(); ++i) {
        if (border(text, i) == word_border::none) continue;
        const std::string_view piece = text.substr(begin, i - begin);
        if (in_word(static_cast<unsigned char>(piece.front()))) out.push_back(fold(piece));
        begin = i;
    }
    return out;
}

}  // namespace qry::schema
