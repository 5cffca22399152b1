#include "schema/lookup.hpp"

namespace qry::schema {

namespace {

// Two-byte letters whose lower-case form has two bytes as well: the only ones that can be folded in
// place. Returns the lower-case code point, or the same.
unsigned lower(unsigned code) {
    const bool latin = code >= 0xC0 && code <= 0xDE && code != 0xD7;
    const bool greek = code >= 0x391 && code <= 0x3A9 && code != 0x3A2;
    const bool cyrillic = code >= 0x410 && code <= 0x42F;
    if (latin || greek || cyrillic) return code + 32;
    if (code >= 0x400 && code <= 0x40F) return code + 80;
    // Latin Extended-A comes in pairs, upper case on even code points, odd between 139 and 148
    // and from 179 on.
    const bool odd = (code >= 0x139 && code <= 0x148) || (code >= 0x179 && code <= 0x17E);
    if (code >= 0x100 && code <= 0x17E && code != 0x130 && code != 0x131 && code != 0x138 &&
        code != 0x149 && code != 0x178) {
        return (code % 2 == 1) == odd ? code + 1 : code;
    }
    return code;
}

}  // namespace

std::string fold(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        // Without a branch, so that the compiler does many at once.
        c = static_cast<char>(c + ((c >= 'A' && c <= 'Z') ? 32 : 0));
    }
    for (std::size_t i = 0; i + 1 < out.size(); ++i) {
        const auto lead = static_cast<unsigned char>(out[i]);
        if (lead < 0xC3 || lead > 0xD1) continue;
        const auto trail = static_cast<unsigned char>(out[i + 1]);
        const unsigned code = lower((lead & 0x1Fu) << 6 | (trail & 0x3Fu));
        out[i] = static_cast<char>(0xC0 | code >> 6);
        out[i + 1] = static_cast<char>(0x80 | (code & 0x3F));
        ++i;
    }
    return out;
}

}  // namespace qry::schema
