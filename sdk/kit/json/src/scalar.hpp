// One cell's text into its builder: a function for each type, chosen once per column.
#pragma once

#include <string_view>
#include <vector>

#include <qry/kit/arrow/column_builder.hpp>
#include <qry/kit/json/reader.hpp>

namespace qry::json {

struct cell;

// `text` is what a string holds, or a token as it stands, with 16 readable bytes behind it;
// `quoted` = it was a string. False = not a value of this type.
using append_fn = bool (*)(std::string_view text, bool quoted, cell& to);

enum class nesting : std::uint8_t { scalar, raw, list, structure, map };

// A column, or what is in one, bound to the builders of a batch.
struct cell {
    const column* plan = nullptr;
    arrow::column_builder* builder = nullptr;
    append_fn append = nullptr;
    nesting kind = nesting::scalar;
    // Digits behind the seconds, or other things the function keeps from its type.
    int digits = 0;
    std::vector<cell> children{};
    // Of a member of an object: in which object it was last seen.
    std::uint64_t seen = 0;
};

// Chooses; children are bound by the caller. Throws std::invalid_argument for a plan that makes no
// sense (base64 of an integer): a mistake of the driver's.
void choose(cell& c, const column& plan);

}  // namespace qry::json
