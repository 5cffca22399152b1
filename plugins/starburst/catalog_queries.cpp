// system.jdbc would give all of it in two queries, but walks every table of every catalog one by
// one. information_schema is asked a catalog at a time, and each can fail by itself.
#include "catalog_queries.hpp"

#include <qry/kit/arrow/binary_builder.hpp>
#include <qry/kit/arrow/introspection.hpp>

#include "types.hpp"

namespace qry::starburst {

namespace {

using arrow::type_id;

std::string quoted(std::string_view text, char quote) {
    std::string out(1, quote);
    for (const char c : text) {
        if (c == quote) out += c;
        out += c;
    }
    out += quote;
    return out;
}

std::string schema_filter(std::string_view column, const char* schema) {
    return std::string(column) +
           (schema != nullptr ? " = " + quote_text(schema) : " <> 'information_schema'");
}

std::string tables_query(std::string_view catalog, const char* schema, bool comments) {
    const std::string name = quote_text(catalog);
    std::string sql =
        "SELECT CAST(" + name + " AS varchar), t.table_schema, t.table_name, CASE WHEN ";
    sql += comments ? "m.name IS NOT NULL" : "false";
    sql += " THEN 'materialized view' WHEN t.table_type = 'VIEW' THEN 'view' ELSE 'table' END, ";
    sql += comments ? "c.comment" : "CAST(NULL AS varchar)";
    sql += ", CAST(NULL AS bigint) FROM " + quote_name(catalog) + ".information_schema.tables t";
    if (comments) {
        sql +=
            " LEFT JOIN (SELECT schema_name, table_name, comment FROM"
            " system.metadata.table_comments WHERE catalog_name = " +
            name + " AND " + schema_filter("schema_name", schema) +
            ") c ON c.schema_name = t.table_schema AND c.table_name = t.table_name"
            " LEFT JOIN (SELECT schema_name, name FROM system.metadata.materialized_views"
            " WHERE catalog_name = " +
            name + " AND " + schema_filter("schema_name", schema) +
            ") m ON m.schema_name = t.table_schema AND m.name = t.table_name";
    }
    sql += " WHERE " + schema_filter("t.table_schema", schema) + " ORDER BY 2, 3";
    return sql;
}

std::string columns_query(std::string_view catalog, const char* schema, bool comments) {
    // The comment is a hidden column of this table: SELECT * does not show it.
    return "SELECT CAST(" + quote_text(catalog) +
           " AS varchar), table_schema, table_name, column_name, CAST(ordinal_position AS"
           " integer), data_type, data_type, is_nullable = 'YES', column_default, " +
           (comments ? "comment" : "CAST(NULL AS varchar)") + " FROM " + quote_name(catalog) +
           ".information_schema.columns WHERE " + schema_filter("table_schema", schema) +
           " ORDER BY 2, 3, ordinal_position";
}

bool append_arrow_name(std::string_view text, const json::column& of, arrow::column_builder& to) {
    auto& names = *reinterpret_cast<arrow_names*>(of.detail);
    auto known = names.find(text);
    if (known == names.end()) known = names.emplace(text, arrow_name(text)).first;
    static_cast<arrow::binary_builder&>(to).append(known->second);
    return true;
}

}  // namespace

std::string quote_text(std::string_view text) {
    return quoted(text, '\'');
}
std::string quote_name(std::string_view name) {
    return quoted(name, '"');
}

std::string catalogs_query() {
    return "SELECT catalog_name FROM system.metadata.catalogs WHERE catalog_name <> 'system'"
           " ORDER BY 1";
}

std::string catalog_query(
    std::int32_t part, std::string_view catalog, const char* schema, bool comments
) {
    return part == QRY_INTROSPECT_TABLES ? tables_query(catalog, schema, comments)
                                         : columns_query(catalog, schema, comments);
}

std::vector<json::column> catalog_cells(std::int32_t part, arrow_names& names) {
    std::vector<json::column> cells;
    for (const arrow::field& f : arrow::introspection_fields(part)) {
        json::column cell{.name = f.name, .type = f.type};
        if (f.name == "arrow_type") {
            cell.as = json::form::custom;
            cell.convert = &append_arrow_name;
            cell.detail = reinterpret_cast<std::int64_t>(&names);
        }
        cells.push_back(std::move(cell));
    }
    return cells;
}

}  // namespace qry::starburst
