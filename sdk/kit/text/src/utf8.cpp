#include <qry/kit/text/utf8.hpp>

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

}  // namespace

std::size_t valid_utf8_prefix(std::string_view text) noexcept {
    const char* data = text.data();
    const std::size_t size = text.size();
    std::size_t at = 0;
    while (at < size) {
        // Eight ASCII bytes at a time: most text is nothing else.
        while (size - at >= 8) {
            std::uint64_t word;
            std::memcpy(&word, data + at, 8);
            if ((word & 0x8080808080808080U) != 0) break;
            at += 8;
        }
        if (at == size) break;
        const step s = next(data + at, size - at);
        if (!s.valid) return at;
        at += s.size;
    }
    return size;
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
