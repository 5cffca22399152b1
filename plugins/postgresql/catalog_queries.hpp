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

// PostgreSQL's own; see dialect.
[[nodiscard]] std::string catalog_query(const qry_introspect_request& request);

struct catalog_column {
    std::string name;
    value_form form;
    arrow::data_type type;
    bool nullable = true;
    // Computed here, by the dialect's decoder: the name of the Arrow type that a query would give.
    bool arrow_name = false;
};
using catalog_columns = std::vector<catalog_column>;

[[nodiscard]] catalog_column text_column(std::string name, bool nullable = false);
[[nodiscard]] catalog_columns catalog_plan(std::int32_t part);
[[nodiscard]] std::vector<arrow::field> catalog_fields(const catalog_columns& columns);

// From bigints: the type in the upper half, the modifier in the lower.
[[nodiscard]] std::unique_ptr<decoder> make_arrow_name_decoder(
    arrow::column_builder& column,
    decode_problem& problem,
    const type_catalog& types,
    const decode_options& how
);

[[nodiscard]] std::unique_ptr<row_reader> make_catalog_reader(
    const catalog_columns& columns,
    const type_catalog& types,
    const session_options& options,
    arrow::batch_builder::bounds limit,
    std::string_view server_encoding
);

}  // namespace qry::postgresql
