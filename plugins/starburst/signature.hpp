// A type as Trino writes it: "decimal(38, 5)", "timestamp(9) with time zone",
// "row(a integer, \"b c\" array(varchar(3)))", "map(varchar, double)".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <qry/result.hpp>

namespace qry::starburst {

struct signature {
    // Lower case, without its parameters: "decimal", "timestamp with time zone", "row".
    std::string base;
    // Precision, scale, length; empty where the text has none.
    std::vector<std::int64_t> numbers;
    // Of array, map, row and the like.
    std::vector<signature> types;
    // Of a row, one for each type; empty = the field has no name.
    std::vector<std::string> names;

    friend bool operator==(const signature&, const signature&) = default;
};

// Fails with a plugin_error that quotes the text and says where it stopped making sense.
[[nodiscard]] result<signature> parse_signature(std::string_view text);

}  // namespace qry::starburst
