#include "types.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

namespace qry::sqlite {

namespace {

using arrow::data_type;
using arrow::time_unit;
using arrow::type_id;

// "numeric ( 10, 2 )" is NUMERIC with 10 and 2; "timestamp(6) with time zone" is TIMESTAMP WITH
// TIME ZONE with 6.
struct declaration {
    std::string name;
    std::vector<int> parameters;
};

void add_word_character(std::string& out, char c) {
    const bool space = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (!space) {
        out += static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    } else if (!out.empty() && out.back() != ' ') {
        out += ' ';
    }
}

declaration parse(std::string_view text) {
    declaration out;
    const std::size_t open = text.find('(');
    const std::size_t close = text.find(')', open == std::string_view::npos ? 0 : open);
    for (char c : text.substr(0, open))
        add_word_character(out.name, c);
    if (open != std::string_view::npos && close != std::string_view::npos) {
        std::string_view inside = text.substr(open + 1, close - open - 1);
        while (!inside.empty()) {
            const std::size_t start = inside.find_first_of("-0123456789");
            if (start == std::string_view::npos) break;
            inside.remove_prefix(start);
            int value = 0;
            const auto [end, failed] =
                std::from_chars(inside.data(), inside.data() + inside.size(), value);
            if (failed != std::errc{}) break;
            out.parameters.push_back(value);
            inside.remove_prefix(static_cast<std::size_t>(end - inside.data()));
        }
        add_word_character(out.name, ' ');
        for (char c : text.substr(close + 1))
            add_word_character(out.name, c);
    }
    while (out.name.ends_with(' '))
        out.name.pop_back();
    return out;
}

struct known_type {
    std::string_view name;
    reading how;
};

constexpr known_type known_types[] = {
    {"INTEGER", reading::integer},
    {"INT", reading::integer},
    {"TINYINT", reading::integer},
    {"SMALLINT", reading::integer},
    {"MEDIUMINT", reading::integer},
    {"BIGINT", reading::integer},
    {"UNSIGNED BIG INT", reading::integer},
    {"INT2", reading::integer},
    {"INT4", reading::integer},
    {"INT8", reading::integer},
    {"BOOLEAN", reading::boolean},
    {"BOOL", reading::boolean},
    {"REAL", reading::real},
    {"DOUBLE", reading::real},
    {"DOUBLE PRECISION", reading::real},
    {"FLOAT", reading::real},
    {"DECIMAL", reading::decimal_text},
    {"NUMERIC", reading::decimal_text},
    {"TEXT", reading::text},
    {"VARCHAR", reading::text},
    {"CHAR", reading::text},
    {"CHARACTER", reading::text},
    {"CHARACTER VARYING", reading::text},
    {"VARYING CHARACTER", reading::text},
    {"NCHAR", reading::text},
    {"NATIVE CHARACTER", reading::text},
    {"NVARCHAR", reading::text},
    {"CLOB", reading::text},
    {"STRING", reading::text},
    {"JSON", reading::text},
    {"UUID", reading::uuid},
    {"BLOB", reading::binary},
    {"BINARY", reading::binary},
    {"VARBINARY", reading::binary},
    {"DATE", reading::date},
    {"TIME", reading::time},
    {"DATETIME", reading::timestamp},
    {"TIMESTAMP", reading::timestamp},
    {"TIMESTAMP WITHOUT TIME ZONE", reading::timestamp},
    {"TIMESTAMPTZ", reading::timestamp},
    {"TIMESTAMP WITH TIME ZONE", reading::timestamp},
    {"DATETIMEOFFSET", reading::timestamp},
};

reading look_up(std::string_view name) noexcept {
    for (const known_type& known : known_types) {
        if (known.name == name) return known.how;
    }
    return reading::by_value;
}

bool has_zone(std::string_view name) noexcept {
    return name == "TIMESTAMPTZ" || name == "TIMESTAMP WITH TIME ZONE" || name == "DATETIMEOFFSET";
}

// DECIMAL(p) and DECIMAL(p, s) that Arrow can hold; others stay exact text.
void plan_decimal(column_plan& out, const std::vector<int>& parameters) {
    const int precision = parameters.empty() ? 0 : parameters[0];
    const int scale = parameters.size() > 1 ? parameters[1] : 0;
    const bool usable = precision >= 1 && precision <= 76 && scale >= 0 && scale <= precision;
    if (!usable) {
        out.type = type_id::utf8;
        out.logical = "decimal";
    } else if (precision <= 38) {
        out.how = reading::decimal128;
        out.type = data_type::decimal128(precision, scale);
    } else {
        out.how = reading::decimal256;
        out.type = data_type::decimal256(precision, scale);
    }
}

data_type type_of(reading how, std::string_view name) {
    switch (how) {
        case reading::integer:
            return type_id::int64;
        case reading::boolean:
            return type_id::boolean;
        case reading::real:
            return type_id::float64;
        case reading::decimal128:
        case reading::decimal256:
        case reading::decimal_text:
        case reading::text:
        case reading::uuid:
            return type_id::utf8;
        case reading::binary:
            return type_id::binary;
        case reading::date:
            return type_id::date32;
        case reading::time:
            return data_type::time64(time_unit::micro);
        case reading::timestamp:
            return data_type::timestamp(time_unit::micro, has_zone(name) ? "UTC" : "");
        case reading::by_value:
            break;
    }
    return type_id::null;
}

}  // namespace

arrow::field column_plan::as_field() const {
    arrow::field out{.name = name, .type = type};
    if (!declared.empty()) out.metadata.emplace_back(QRY_META_TYPE, declared);
    if (!logical.empty()) out.metadata.emplace_back(QRY_META_LOGICAL, logical);
    return out;
}

column_plan plan_column(std::string name, std::string_view declared) {
    const declaration type = parse(declared);
    column_plan out{.name = std::move(name), .declared = std::string(declared)};
    out.how = look_up(type.name);
    out.type = type_of(out.how, type.name);
    if (out.how == reading::decimal_text) plan_decimal(out, type.parameters);
    if (out.how == reading::uuid) out.logical = "uuid";
    if (type.name == "JSON") out.logical = "json";
    return out;
}

}  // namespace qry::sqlite
