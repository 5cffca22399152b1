// What can be wrong with a page, thrown where it is found and turned into an error where rows are
// taken.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <qry/kit/json/reader.hpp>
#include <qry/result.hpp>

namespace qry::json {

struct bad_value {
    // NULL = the row itself.
    const column* where;
    std::string found;
};
struct wrong_width {
    const column* where;
    std::size_t found;
    std::size_t expected;
};

[[nodiscard]] error malformed(std::uint64_t row, std::string_view why);
[[nodiscard]] error wrong_value(std::uint64_t row, const bad_value& why);
[[nodiscard]] error wrong_count(std::uint64_t row, const wrong_width& why);
[[nodiscard]] error too_large(std::size_t bytes, std::size_t limit);

}  // namespace qry::json
