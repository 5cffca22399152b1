// Lists for people: aligned columns of text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace qry::cli {

enum class align { left, right };

// Appends `cell` padded to `width`.
void pad(std::string& out, std::string_view cell, std::size_t width, align side);

// Collects rows, then prints them with two blanks between the columns.
class columns {
public:
    explicit columns(std::vector<std::string> header);
    // Right-aligned from now on.
    columns& right(std::size_t column);
    void add(std::vector<std::string> row);
    [[nodiscard]] std::string text() const;

private:
    std::vector<std::vector<std::string>> rows_;
    std::vector<align> sides_;
};

// "3 min", "2 d": how long ago.
[[nodiscard]] std::string short_age(double seconds);
// "12 ms", "1.24 s".
[[nodiscard]] std::string short_time(double seconds);

}  // namespace qry::cli
