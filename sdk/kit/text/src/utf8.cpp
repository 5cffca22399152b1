#include <qry/kit/text/utf8.hpp>

#include <bit>
#include <cstdint>
#include <cstring>

namespace qry::text {

namespace {

struct step {
    // Bytes of the character, or of the run that cannot start one.
    std::size_t size;
    bool valid;
};

// The range of the second byte is what excludes overlong forms, surrogates and what is above
// U+10FFFF (Unicode, table 3-7).
struct lead {
    std::size_t size;
    std::uint8_t low;
    std::uint8_t high;
};

lead classify(std::uint8_t b) noexcept {
    if (b < 0x80) return {1, 0, 0};
    if (b < 0xC2) return {0, 0, 0};
    if (b < 0xE0) return {2, 0x80, 0xBF};
    if (b == 0xE0) return {3, 0xA0, 0xBF};
    if (b == 0xED) return {3, 0x80, 0x9F};
    if (b < 0xF0) return {3, 0x80, 0xBF};
    if (b == 0xF0) return {4, 0x90, 0xBF};
    if (b < 0xF4) return {4, 0x80, 0xBF};
    if (b == 0xF4) return {4, 0x80, 0x8F};
    return {0, 0, 0};
}

step next(const char* data, std::size_t size) noexcept {
    const lead first = classify(static_cast<std::uint8_t>(data[0]));
    if (first.size <= 1) return {1, first.size == 1};
    for (std::size_t i = 1; i < first.size; ++i) {
        if (i == size) return {i, false};
        const auto b = static_cast<std::uint8_t>(data[i]);
        const std::uint8_t low = i == 1 ? first.low : 0x80;
        const std::uint8_t high = i == 1 ? first.high : 0xBF;
        if (b < low || b > high) return {i, false};
    }
    return {first.size, true};
}

std::uint64_t word_at(const char* data) noexcept {
    std::uint64_t word;
    std::memcpy(&word, data, sizeof(word));
    return word;
}

// The first byte from `at` on that is not ASCII, or the end: most text is nothing else.
std::size_t skip_ascii(const char* data, std::size_t at, std::size_t size) noexcept {
    constexpr std::uint64_t high = 0x8080808080808080U;
    for (; size - at >= 32; at += 32) {
        const char* from = data + at;
        const std::uint64_t all =
            word_at(from) | word_at(from + 8) | word_at(from + 16) | word_at(from + 24);
        if ((all & high) != 0) break;
    }
    for (; size - at >= 8; at += 8) {
        const std::uint64_t found = word_at(data + at) & high;
        if (found == 0) continue;
        if constexpr (std::endian::native == std::endian::little) {
            return at + static_cast<std::size_t>(std::countr_zero(found)) / 8;
        }
        break;
    }
    while (at < size && (static_cast<std::uint8_t>(data[at]) & 0x80) == 0)
        ++at;
    return at;
}

}  // namespace

std::size_t valid_utf8_prefix(std::string_view text) noexcept {
    const char* data = text.data();
    const std::size_t size = text.size();
    std::size_t at = 0;
    while (true) {
        at = skip_ascii(data, at, size);
        if (at == size) return size;
        // Characters beyond ASCII come in runs.
        do {
            const auto first = static_cast<std::uint8_t>(data[at]);
            if (first >= 0xC2 && first < 0xE0 && size - at >= 2 &&
                (static_cast<std::uint8_t>(data[at + 1]) & 0xC0) == 0x80) {
                // Two bytes: the accents of most of Europe.
                at += 2;
                continue;
            }
            const step s = next(data + at, size - at);
            if (!s.valid) return at;
            at += s.size;
        } while (at < size && (static_cast<std::uint8_t>(data[at]) & 0x80) != 0);
    }
}

std::string replace_invalid_utf8(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (true) {
        const std::size_t good = valid_utf8_prefix(text);
        out.append(text.substr(0, good));
        text.remove_prefix(good);
        if (text.empty()) return out;
        out += "\xEF\xBF\xBD";
        text.remove_prefix(next(text.data(), text.size()).size);
    }
}

}  // namespace qry::text
