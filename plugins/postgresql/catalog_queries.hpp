// The SQL of introspection and the shape of its answers.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <qry/introspect.h>
#include <qry/kit/arrow/type.hpp>

#include "row_reader.hpp"

namespace qry::postgresql {

struct session_options;

// Two arguments: the schema and the catalog to keep to, NULL = all but the system's. Empty for a
// part that does not exist.
[[nodiscard]] std::string catalog_query(const qry_introspect_request& request);

struct catalog_column {
    std::string name;
    value_form form;
    arrow::data_type type;
    bool nullable = true;
    // Computed here: the server sends type and modifier as one number, the reader writes the name
    // of the Arrow type that a query would give.
    bool arrow_name = false;
};
using catalog_columns = std::vector<catalog_column>;

[[nodiscard]] catalog_columns catalog_plan(std::int32_t part);
[[nodiscard]] std::vector<arrow::field> catalog_fields(const catalog_columns& columns);

[[nodiscard]] std::unique_ptr<row_reader> make_catalog_reader(
    const catalog_columns& columns,
    const type_catalog& types,
    const session_options& options,
    arrow::batch_builder::bounds limit,
    std::string_view server_encoding
);

}  // namespace qry::postgresql
