#include "base/utf8.hpp"

#include <string_view>

namespace qry::base {

std::string cut_utf8(std::string text, std::size_t size) {
    constexpr std::string_view ellipsis = "\xE2\x80\xA6";
    if (text.size() <= size) return text;
    std::size_t end = size > ellipsis.size() ? size - ellipsis.size() : 0;
    // Not in the middle: bytes 10xxxxxx continue a character.
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
        --end;
    text.resize(end);
    if (end + ellipsis.size() <= size) text += ellipsis;
    return text;
}

}  // namespace qry::base
