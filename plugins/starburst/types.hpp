// What a Trino type becomes in Arrow, and how its values are read out of a page.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <qry/kit/arrow/type.hpp>
#include <qry/kit/json/reader.hpp>

#include "signature.hpp"
#include "zones.hpp"

namespace qry::starburst {

// One column of a result: the field that the reader of the result sees, and the plan by which its
// cells are read. `zones` is used by the plan and must outlive it.
struct column_plan {
    arrow::field field;
    json::column cells;
};

// `type` is the server's text. A type that is not known becomes utf8, whatever its value looks
// like; its text is in the field's metadata (qry.type) for all of them.
[[nodiscard]] result<column_plan> plan_column(
    std::string_view name, std::string_view type, zone_table& zones
);

// "decimal128(38, 5)" for "decimal(38,5)"; "string" for what cannot be read.
[[nodiscard]] std::string arrow_name(std::string_view type);

}  // namespace qry::starburst
