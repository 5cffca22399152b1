#include "cli/schema_text.hpp"

#include <nlohmann/json.hpp>

#include "cli/columns.hpp"
#include "cli/terminal.hpp"

namespace qry::cli {

namespace {

using json = nlohmann::ordered_json;

json text_or_null(std::optional<std::string_view> text) {
    return text ? json(*text) : json(nullptr);
}

const char* kind_text(key_kind kind) {
    switch (kind) {
        case key_kind::primary:
            return "primary";
        case key_kind::unique:
            return "unique";
        case key_kind::foreign:
            return "foreign";
    }
    return "";
}

json to_json(const key_view& k) {
    json out = {
        {"name", text_or_null(k.name)}, {"kind", kind_text(k.kind)}, {"columns", k.columns}};
    if (k.kind == key_kind::foreign) {
        out["ref_catalog"] = text_or_null(k.ref_catalog);
        out["ref_schema"] = text_or_null(k.ref_schema);
        out["ref_table"] = k.ref_table;
        out["ref_columns"] = k.ref_columns;
    }
    return out;
}

json to_json(const std::vector<schema_change>& changes) {
    json out = json::array();
    for (const auto& c : changes) {
        const char* what = c.what == schema_change::object::table ? "table" : "column";
        out.push_back({{"what", what}, {"name", c.name}, {"before", c.before}, {"now", c.now}});
    }
    return out;
}

std::string join(const std::vector<std::string_view>& names) {
    std::string out;
    for (const auto name : names)
        out.append(out.empty() ? "" : ", ").append(name);
    return out;
}

void add_lines(std::string& out, char sign, const std::vector<schema_change>& changes) {
    for (const auto& c : changes) {
        out += sign;
        out += c.what == schema_change::object::table ? " table " : " column ";
        if (sign == '~') {
            out += printable(c.name) + ": " + printable(c.before) + " is now " + printable(c.now);
        } else if (sign == '>') {
            out += printable(c.before) + " renamed to " + printable(c.now);
        } else {
            out += printable(c.name);
        }
        out += '\n';
    }
}

}  // namespace

std::string qualified(const table_view& table) {
    std::string out;
    if (table.schema()) out = std::string(*table.schema()) + ".";
    return out.append(table.name());
}

json to_json(const table_view& table) {
    json columns_json = json::array();
    for (std::uint32_t i = 0; i < table.column_count(); ++i) {
        const auto c = table.column(i);
        columns_json.push_back(
            {{"name", c.name},
             {"ordinal", c.ordinal},
             {"type", c.type},
             {"arrow_type", c.arrow_type},
             {"nullable", c.nullable},
             {"default", text_or_null(c.default_value)},
             {"comment", text_or_null(c.comment)}}
        );
    }
    json keys = json::array();
    for (const auto& k : table.keys())
        keys.push_back(to_json(k));
    const auto rows = table.row_estimate();
    return {
        {"catalog", text_or_null(table.catalog())},
        {"schema", text_or_null(table.schema())},
        {"name", table.name()},
        {"kind", table.kind()},
        {"comment", text_or_null(table.comment())},
        {"row_estimate", rows ? json(*rows) : json(nullptr)},
        {"columns", std::move(columns_json)},
        {"keys", std::move(keys)},
    };
}

json to_json(const schema_diff& diff) {
    return {
        {"added", to_json(diff.added)},
        {"removed", to_json(diff.removed)},
        {"changed", to_json(diff.changed)},
        {"renamed", to_json(diff.renamed)},
    };
}

std::string describe(const schema_diff& diff) {
    if (diff.empty()) return "nothing changed\n";
    std::string out;
    add_lines(out, '+', diff.added);
    add_lines(out, '-', diff.removed);
    add_lines(out, '~', diff.changed);
    add_lines(out, '>', diff.renamed);
    return out;
}

std::string describe(const table_view& table) {
    std::string out = printable(qualified(table)) + " (" + printable(table.kind()) + ")\n";
    if (table.comment()) out += printable(*table.comment()) + "\n";
    columns list({"column", "type", "null", "default", "comment"});
    for (std::uint32_t i = 0; i < table.column_count(); ++i) {
        const auto c = table.column(i);
        list.add(
            {std::string(c.name),
             std::string(c.type),
             c.nullable ? "" : "not null",
             std::string(c.default_value.value_or("")),
             std::string(c.comment.value_or(""))}
        );
    }
    out += list.text();
    for (const auto& k : table.keys()) {
        std::string line = std::string(kind_text(k.kind)) + " key (" + join(k.columns) + ")";
        if (k.kind == key_kind::foreign) {
            line += " to ";
            if (k.ref_schema) line.append(*k.ref_schema).append(".");
            line.append(k.ref_table).append(" (" + join(k.ref_columns) + ")");
        }
        out += printable(line) + "\n";
    }
    return out;
}

}  // namespace qry::cli
