// The SQL of introspection, a catalog at a time, and the shape of its answers.
#pragma once

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

// Empty for a part that does not exist.
[[nodiscard]] std::vector<arrow::field> catalog_fields(std::int32_t part);
[[nodiscard]] std::vector<json::column> catalog_cells(std::int32_t part);

}  // namespace qry::starburst
