#include "cli/arguments.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

#include <qry/kit/arrow/batch_builder.hpp>
#include <qry/kit/arrow/binary_builder.hpp>
#include <qry/kit/arrow/decimal.hpp>
#include <qry/kit/arrow/fixed_builder.hpp>
#include <qry/kit/text/utf8.hpp>

#include "cli/exit_status.hpp"

namespace qry::cli {

namespace {

using arrow::data_type;
using arrow::type_id;

constexpr std::string_view text_mark = "text:";

bool all_digits(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// "-12", "0", "3.10"; nothing that would be written back differently.
std::optional<data_type> number_type(std::string_view text) {
    if (text == "-0") return std::nullopt;
    if (text.starts_with('-')) text.remove_prefix(1);
    const auto point = text.find('.');
    const auto whole = text.substr(0, point);
    const auto fraction = point == text.npos ? std::string_view() : text.substr(point + 1);
    if (!all_digits(whole) || (whole.size() > 1 && whole[0] == '0')) return std::nullopt;
    if (point != text.npos && !all_digits(fraction)) return std::nullopt;
    const std::size_t digits = whole.size() + fraction.size();
    // 18 digits always fit into 64 bits.
    if (point == text.npos && digits <= 18) return data_type(type_id::int64);
    if (digits > arrow::max_precision128) return std::nullopt;
    return data_type::decimal128(static_cast<int>(digits), static_cast<int>(fraction.size()));
}

data_type type_of(std::string_view text) {
    if (text == "null") return type_id::null;
    if (text == "true" || text == "false") return type_id::boolean;
    return number_type(text).value_or(type_id::utf8);
}

void append(arrow::batch_builder& row, std::size_t i, const data_type& type, std::string_view v) {
    switch (type.id()) {
        case type_id::null:
            row.column(i).append_null();
            return;
        case type_id::boolean:
            row.column<arrow::bool_builder>(i).append(v == "true");
            return;
        case type_id::int64: {
            std::int64_t number = 0;
            std::from_chars(v.data(), v.data() + v.size(), number);
            row.column<arrow::fixed_builder<std::int64_t>>(i).append(number);
            return;
        }
        case type_id::decimal128: {
            arrow::int128 number{};
            (void)arrow::parse_decimal(v, type.precision(), type.scale(), number);
            row.column<arrow::fixed_builder<arrow::int128>>(i).append(number);
            return;
        }
        default:
            row.column<arrow::binary_builder>(i).append(
                v.starts_with(text_mark) ? v.substr(text_mark.size()) : v
            );
    }
}

}  // namespace

result<bound_arguments> bind(const std::vector<std::string>& given) {
    if (given.empty()) return bound_arguments{};
    std::vector<arrow::field> fields;
    for (std::size_t i = 0; i < given.size(); ++i) {
        if (!text::is_valid_utf8(given[i])) {
            return usage_error("argument $" + std::to_string(i + 1) + " is not valid UTF-8");
        }
        fields.push_back({"$" + std::to_string(i + 1), type_of(given[i])});
    }
    arrow::batch_builder row(fields, {}, {.rows = 1, .bytes = 0});
    for (std::size_t i = 0; i < given.size(); ++i)
        append(row, i, fields[i].type, given[i]);
    (void)row.end_row();
    return bound_arguments{arrow::export_schema(fields), row.finish()};
}

}  // namespace qry::cli
