#include "cli/columns.hpp"

#include <algorithm>
#include <cstdio>

#include "cli/terminal.hpp"

namespace qry::cli {

void pad(std::string& out, std::string_view cell, std::size_t width, align side) {
    const std::size_t taken = display_width(cell);
    const std::string blanks(width > taken ? width - taken : 0, ' ');
    if (side == align::right) out += blanks;
    out += cell;
    if (side == align::left) out += blanks;
}

columns::columns(std::vector<std::string> header) : sides_(header.size(), align::left) {
    rows_.push_back(std::move(header));
}

columns& columns::right(std::size_t column) {
    sides_[column] = align::right;
    return *this;
}

void columns::add(std::vector<std::string> row) {
    for (auto& cell : row)
        cell = printable(cell);
    rows_.push_back(std::move(row));
}

std::string columns::text() const {
    std::vector<std::size_t> widths(sides_.size());
    for (const auto& row : rows_) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths[i] = std::max(widths[i], display_width(row[i]));
        }
    }
    std::string out;
    for (const auto& row : rows_) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            if (i != 0) line += "  ";
            pad(line, row[i], widths[i], sides_[i]);
        }
        line.erase(line.find_last_not_of(' ') + 1);
        out += line + "\n";
    }
    return out;
}

std::string short_age(double seconds) {
    const auto say = [](double value, const char* unit) {
        return std::to_string(static_cast<long long>(value)) + " " + unit;
    };
    if (seconds < 120) return say(seconds, "s");
    if (seconds < 7200) return say(seconds / 60, "min");
    if (seconds < 172800) return say(seconds / 3600, "h");
    return say(seconds / 86400, "d");
}

std::string short_time(double seconds) {
    char text[32];
    if (seconds < 0.001) {
        std::snprintf(text, sizeof(text), "%.2f ms", seconds * 1000);
    } else if (seconds < 1) {
        std::snprintf(text, sizeof(text), "%.0f ms", seconds * 1000);
    } else {
        std::snprintf(text, sizeof(text), "%.2f s", seconds);
    }
    return text;
}

}  // namespace qry::cli
