// The server's text form of a one-dimensional array: {a,"b \"c\"",NULL}.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qry::postgresql {

struct array_text {
    enum class kind { flat, nested, malformed };
    kind what = kind::flat;
    // Nothing = NULL.
    std::vector<std::optional<std::string>> items;
};

// nested: more than one dimension, or a lower bound other than 1. Types that separate items by
// another character than a comma (box) have it in `delimiter`.
[[nodiscard]] array_text read_array_text(std::string_view text, char delimiter = ',');

// Appends an item so that the server reads it back: quoted, with escapes.
void append_array_item(std::string& out, std::string_view item);

}  // namespace qry::postgresql
