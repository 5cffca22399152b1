// Query arguments as people write them.
#pragma once

#include <string>
#include <vector>

#include <qry/arrow.hpp>
#include <qry/result.hpp>

namespace qry::cli {

struct bound_arguments {
    unique_schema schema;
    unique_array values;
};

// One struct row, a column each: null, true, false; 42 as int64; 12.50 as a decimal of just these
// digits; everything else as text. "text:42" is the text "42". Numbers with leading zeros, a plus
// sign, an exponent or more than 38 digits are text: nothing of what was written is lost.
[[nodiscard]] result<bound_arguments> bind(const std::vector<std::string>& given);

}  // namespace qry::cli
