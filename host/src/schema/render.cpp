#include "schema/render.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

namespace qry::schema {

namespace {

constexpr std::size_t longest_comment = 160;

bool is_plain(std::string_view name) {
    bool lower = false;
    bool upper = false;
    for (const char c : name) {
        lower |= c >= 'a' && c <= 'z';
        upper |= c >= 'A' && c <= 'Z';
        const bool digit = c >= '0' && c <= '9';
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !digit && c != '_' && c != '$') return false;
    }
    // In mixed case a name means something else once its quotes are gone.
    return !name.empty() && !(lower && upper) && !(name[0] >= '0' && name[0] <= '9');
}

void add_name(std::string_view name, std::string& out) {
    if (is_plain(name)) {
        out += name;
        return;
    }
    out += '"';
    for (const char c : name) {
        if (c == '"') out += '"';
        out += c;
    }
    out += '"';
}

void add_qualified(
    std::optional<std::string_view> schema, std::string_view name, std::string& out
) {
    if (schema && !schema->empty()) {
        add_name(*schema, out);
        out += '.';
    }
    add_name(name, out);
}

void add_names(const std::vector<std::string_view>& names, std::string& out) {
    out += '(';
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (i != 0) out += ", ";
        add_name(names[i], out);
    }
    out += ')';
}

// On one line, cut at a character's border.
void add_comment(std::string_view text, std::string& out) {
    std::size_t size = std::min(text.size(), longest_comment);
    while (size < text.size() && size > 0 && (text[size] & 0xC0) == 0x80)
        --size;
    for (const char c : text.substr(0, size)) {
        out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
    if (size < text.size()) out += "…";
}

void add_reference(const table_view& from, const key_view& key, std::string& out) {
    out += "REFERENCES ";
    add_qualified(key.ref_schema ? key.ref_schema : from.schema(), key.ref_table, out);
    if (!key.ref_columns.empty()) add_names(key.ref_columns, out);
}

// What a key of one column adds to that column's line.
void add_column_keys(
    const table_view& t,
    const std::vector<key_view>& keys,
    std::string_view column,
    std::string& out
) {
    for (const key_view& k : keys) {
        if (k.columns.size() != 1 || k.columns[0] != column) continue;
        out += ' ';
        switch (k.kind) {
            case key_kind::primary:
                out += "PRIMARY KEY";
                break;
            case key_kind::unique:
                out += "UNIQUE";
                break;
            case key_kind::foreign:
                add_reference(t, k, out);
                break;
        }
    }
}

void add_wide_key(const table_view& t, const key_view& k, std::string& out) {
    switch (k.kind) {
        case key_kind::primary:
            out += "  PRIMARY KEY ";
            break;
        case key_kind::unique:
            out += "  UNIQUE ";
            break;
        case key_kind::foreign:
            out += "  FOREIGN KEY ";
            break;
    }
    add_names(k.columns, out);
    if (k.kind == key_kind::foreign) {
        out += ' ';
        add_reference(t, k, out);
    }
    out += ",\n";
}

void add_head(const table_view& t, detail how, std::string& out) {
    for (const char c : t.kind())
        out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    out += ' ';
    add_qualified(t.schema(), t.name(), out);
    out += " (";
    const auto rows = t.row_estimate();
    const auto comment = t.comment();
    if (how == detail::full && (rows || comment)) {
        out += " --";
        if (comment) add_comment(" " + std::string(*comment), out);
        if (comment && rows) out += ';';
        if (rows) out += " ~" + std::to_string(*rows) + " rows";
    }
    out += '\n';
}

}  // namespace

void render(const schema_snapshot& of, std::uint32_t table, detail how, std::string& out) {
    const table_view t = of.table(table);
    const auto keys = t.keys();
    add_head(t, how, out);
    for (std::uint32_t i = 0; i < t.column_count(); ++i) {
        const column_view c = t.column(i);
        out += "  ";
        add_name(c.name, out);
        out += ' ';
        out += c.type;
        add_column_keys(t, keys, c.name, out);
        out += ',';
        if (how == detail::full && c.comment) {
            out += " -- ";
            add_comment(*c.comment, out);
        }
        out += '\n';
    }
    for (const key_view& k : keys) {
        if (k.columns.size() > 1) add_wide_key(t, k, out);
    }
    out += ");\n";
}

}  // namespace qry::schema
