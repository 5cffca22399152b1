// What people see: widths, control characters, colour, and lines that replace themselves.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

namespace qry::cli {

// On one line and without control characters: what a server sends must not steer a terminal.
[[nodiscard]] std::string printable(std::string_view text);

// Columns that a printable text takes: two for wide East Asian characters and emoji, none for
// combining marks.
[[nodiscard]] std::size_t display_width(std::string_view text) noexcept;

[[nodiscard]] bool is_terminal(std::FILE* stream) noexcept;

// Escape sequences, or nothing where there is no terminal or NO_COLOR is set.
struct colours {
    explicit colours(std::FILE* stream);
    std::string_view bold;
    std::string_view dim;
    std::string_view red;
    std::string_view green;
    std::string_view yellow;
    std::string_view reset;
};

// A line on standard error that is written over; nothing unless that is a terminal.
class progress_line {
public:
    enum class mode { shown, hidden };
    explicit progress_line(mode how);
    ~progress_line() { clear(); }
    progress_line(const progress_line&) = delete;
    progress_line& operator=(const progress_line&) = delete;
    void show(std::string_view text);
    void clear();

private:
    bool active_;
    bool dirty_ = false;
};

}  // namespace qry::cli
