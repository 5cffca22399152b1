// The SQL of introspection, a catalog at a time, and the shape of its answers.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <qry/introspect.h>
#include <qry/kit/arrow/type.hpp>
#include <qry/kit/json/reader.hpp>

namespace qry::starburst {

// 'it''s'
[[nodiscard]] std::string quote_text(std::string_view text);
// "a ""name"""
[[nodiscard]] std::string quote_name(std::string_view name);

// The catalogs there are, without the server's own.
[[nodiscard]] std::string catalogs_query();

// Rows in the order of introspect.h's fields. `schema` may be NULL: all but information_schema.
// `comments` asks for what some catalogs cannot say.
[[nodiscard]] std::string catalog_query(
    std::int32_t part, std::string_view catalog, const char* schema, bool comments
);

// A type's text to the name of its Arrow type: a catalog has few types and many columns.
using arrow_names = std::map<std::string, std::string, std::less<>>;
// `names` is filled while rows are read, and must outlive the plan.
[[nodiscard]] std::vector<json::column> catalog_cells(std::int32_t part, arrow_names& names);

}  // namespace qry::starburst
