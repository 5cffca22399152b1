#include "cli/terminal.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace qry::cli {

namespace {

struct range {
    char32_t first;
    char32_t last;
};
constexpr std::array wide = {
    range{0x1100, 0x115F},
    range{0x2E80, 0x303E},
    range{0x3041, 0xA4CF},
    range{0xAC00, 0xD7A3},
    range{0xF900, 0xFAFF},
    range{0xFE30, 0xFE6F},
    range{0xFF00, 0xFF60},
    range{0xFFE0, 0xFFE6},
    range{0x1F300, 0x1F64F},
    range{0x1F900, 0x1F9FF},
    range{0x20000, 0x3FFFD},
};
constexpr std::array unseen = {
    range{0x0300, 0x036F},
    range{0x200B, 0x200F},
    range{0x20D0, 0x20FF},
    range{0xFE00, 0xFE0F},
    range{0xFE20, 0xFE2F},
};

template <std::size_t N>
bool in(const std::array<range, N>& ranges, char32_t c) {
    return std::any_of(ranges.begin(), ranges.end(), [c](const range& r) {
        return c >= r.first && c <= r.last;
    });
}

// The character at `at`, which is moved behind it; broken UTF-8 counts byte by byte.
char32_t next_character(std::string_view text, std::size_t& at) {
    const auto byte = [&](std::size_t i) -> unsigned {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
    };
    const unsigned lead = byte(at);
    const int more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
    char32_t code = more == 0 ? lead : lead & (0x3Fu >> more);
    ++at;
    for (int i = 0; i < more && (byte(at) & 0xC0) == 0x80; ++i) {
        code = code << 6 | (byte(at++) & 0x3F);
    }
    return code;
}

}  // namespace

std::string printable(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t start = at;
        const char32_t c = next_character(text, at);
        if (c == '\n') {
            out += "\\n";
        } else if (c == '\r') {
            out += "\\r";
        } else if (c == '\t') {
            out += "\\t";
        } else if (c < 0x20 || (c >= 0x7F && c < 0xA0)) {
            constexpr char digits[] = "0123456789abcdef";
            out += "\\x";
            out += digits[c >> 4];
            out += digits[c & 15];
        } else {
            out += text.substr(start, at - start);
        }
    }
    return out;
}

std::size_t display_width(std::string_view text) noexcept {
    std::size_t out = 0;
    for (std::size_t at = 0; at < text.size();) {
        if (static_cast<unsigned char>(text[at]) < 0x80) {
            ++at;
            ++out;
            continue;
        }
        const char32_t c = next_character(text, at);
        if (!in(unseen, c)) out += in(wide, c) ? 2 : 1;
    }
    return out;
}

bool is_terminal(std::FILE* stream) noexcept {
    return isatty(fileno(stream)) == 1;
}

colours::colours(std::FILE* stream) {
    const char* refused = std::getenv("NO_COLOR");
    if (!is_terminal(stream) || (refused != nullptr && *refused != '\0')) return;
    bold = "\x1b[1m";
    dim = "\x1b[2m";
    red = "\x1b[31m";
    green = "\x1b[32m";
    yellow = "\x1b[33m";
    reset = "\x1b[0m";
}

progress_line::progress_line(mode how) : active_(how == mode::shown && is_terminal(stderr)) {}

void progress_line::show(std::string_view text) {
    if (!active_) return;
    dirty_ = true;
    std::fprintf(stderr, "\r\x1b[K%.*s", static_cast<int>(text.size()), text.data());
    std::fflush(stderr);
}

void progress_line::clear() {
    if (!dirty_) return;
    dirty_ = false;
    std::fputs("\r\x1b[K", stderr);
    std::fflush(stderr);
}

}  // namespace qry::cli
