#include <qry/kit/arrow/introspection.hpp>

namespace qry::arrow {

std::vector<field> introspection_fields(std::int32_t part) {
    const data_type names = data_type::list(field{.name = "item", .type = type_id::utf8});
    const auto text = [](const char* name) { return field{.name = name, .type = type_id::utf8}; };
    const auto always = [](const char* name, data_type type) {
        return field{.name = name, .type = std::move(type), .nullable = false};
    };
    switch (part) {
        case QRY_INTROSPECT_TABLES:
            return {
                text("catalog"),
                text("schema"),
                always("name", type_id::utf8),
                always("kind", type_id::utf8),
                text("comment"),
                field{.name = "row_estimate", .type = type_id::int64}};
        case QRY_INTROSPECT_COLUMNS:
            return {
                text("catalog"),
                text("schema"),
                always("table", type_id::utf8),
                always("name", type_id::utf8),
                always("ordinal", type_id::int32),
                always("type", type_id::utf8),
                always("arrow_type", type_id::utf8),
                always("nullable", type_id::boolean),
                text("default"),
                text("comment")};
        case QRY_INTROSPECT_KEYS:
            return {
                text("catalog"),
                text("schema"),
                always("table", type_id::utf8),
                text("name"),
                always("kind", type_id::utf8),
                always("columns", names),
                text("ref_catalog"),
                text("ref_schema"),
                text("ref_table"),
                field{.name = "ref_columns", .type = names}};
        default:
            return {};
    }
}

}  // namespace qry::arrow
