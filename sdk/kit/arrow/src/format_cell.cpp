#include <charconv>
#include <cmath>

#include <qry/kit/arrow/array_view.hpp>
#include <qry/kit/arrow/decimal.hpp>
#include <qry/kit/arrow/time.hpp>

namespace qry::arrow {

namespace {

// Text is bare as a cell and quoted where it is part of something larger.
enum class place { cell, nested };

void append(std::string& out, const array_view& view, std::int64_t row, place where);

template <class T>
void append_number(std::string& out, T value) {
    char digits[64];
    out.append(digits, std::to_chars(digits, digits + sizeof(digits), value).ptr);
}

void append_float(std::string& out, const array_view& view, std::int64_t row) {
    const double value = view.floating(row);
    if (std::isnan(value)) {
        out += "nan";
    } else if (std::isinf(value)) {
        out += value < 0 ? "-inf" : "inf";
    } else if (view.type().id() == type_id::float32) {
        append_number(out, view.value<float>(row));
    } else {
        append_number(out, value);
    }
}

void append_quoted(std::string& out, std::string_view text) {
    constexpr char hex[] = "0123456789abcdef";
    out += '"';
    for (char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (c == '\n') {
            out += "\\n";
        } else if (static_cast<unsigned char>(c) < 0x20) {
            out += "\\u00";
            out += hex[(c >> 4) & 0xF];
            out += hex[c & 0xF];
        } else {
            out += c;
        }
    }
    out += '"';
}

void append_hex(std::string& out, std::string_view bytes) {
    constexpr char hex[] = "0123456789abcdef";
    for (char c : bytes) {
        out += hex[(static_cast<unsigned char>(c) >> 4) & 0xF];
        out += hex[static_cast<unsigned char>(c) & 0xF];
    }
}

bool is_uuid(const array_view& view) {
    if (view.type().id() != type_id::fixed_size_binary || view.type().width() != 16) return false;
    for (const auto& [key, value] : view.field().metadata) {
        if (key == QRY_META_LOGICAL) return value == "uuid";
    }
    return false;
}

void append_binary(std::string& out, const array_view& view, std::int64_t row, place where) {
    const std::string_view bytes = view.bytes(row);
    const bool quoted = where == place::nested;
    if (quoted) out += '"';
    if (is_uuid(view)) {
        std::size_t at = 0;
        for (std::size_t part : {4U, 2U, 2U, 2U, 6U}) {
            if (at != 0) out += '-';
            append_hex(out, bytes.substr(at, part));
            at += part;
        }
    } else {
        out += quoted ? "\\\\x" : "\\x";
        append_hex(out, bytes);
    }
    if (quoted) out += '"';
}

// "1 mon 2 days 00:00:03.5", "00:00:00" when nothing is left.
void append_interval(std::string& out, const month_day_nano& value) {
    const auto part = [&out](std::int64_t count, const char* unit) {
        if (count == 0) return;
        append_number(out, count);
        out += unit;
        out += count == 1 || count == -1 ? " " : "s ";
    };
    part(value.months / 12, " year");
    part(value.months % 12, " mon");
    part(value.days, " day");
    const bool date_part = value.months != 0 || value.days != 0;
    if (value.nanoseconds != 0 || !date_part) {
        append_time(out, value.nanoseconds, time_unit::nano);
    } else {
        out.pop_back();
    }
}

month_day_nano interval(const array_view& view, std::int64_t row) {
    if (view.type().id() == type_id::interval_months) return {view.value<std::int32_t>(row), 0, 0};
    if (view.type().id() == type_id::interval_month_day_nano) {
        return view.value<month_day_nano>(row);
    }
    // Days and milliseconds, side by side.
    const auto both = static_cast<std::uint64_t>(view.value<std::int64_t>(row));
    const auto days = static_cast<std::int32_t>(both & 0xFFFFFFFFU);
    const auto millis = static_cast<std::int32_t>(both >> 32);
    return {0, days, static_cast<std::int64_t>(millis) * 1'000'000};
}

void append_temporal(std::string& out, const array_view& view, std::int64_t row, place where) {
    constexpr std::int64_t millis_per_day = seconds_per_day * 1'000;
    if (where == place::nested) out += '"';
    switch (view.type().id()) {
        case type_id::date32:
            append_date(out, view.integer(row));
            break;
        case type_id::date64: {
            const std::int64_t millis = view.integer(row);
            append_date(out, millis / millis_per_day - (millis % millis_per_day < 0 ? 1 : 0));
            break;
        }
        case type_id::timestamp:
            append_timestamp(out, view.integer(row), view.type().unit());
            if (!view.type().zone().empty()) out += 'Z';
            break;
        case type_id::duration:
            append_duration(out, view.integer(row), view.type().unit());
            break;
        case type_id::interval_months:
        case type_id::interval_day_time:
        case type_id::interval_month_day_nano:
            append_interval(out, interval(view, row));
            break;
        default:
            append_time(out, view.integer(row), view.type().unit());
    }
    if (where == place::nested) out += '"';
}

void append_list(std::string& out, const array_view& view, std::int64_t row) {
    const auto [first, last] = view.range(row);
    out += '[';
    for (std::int64_t i = first; i < last; ++i) {
        if (i != first) out += ", ";
        append(out, view.child(0), i, place::nested);
    }
    out += ']';
}

void append_map(std::string& out, const array_view& view, std::int64_t row) {
    const auto [first, last] = view.range(row);
    out += '{';
    for (std::int64_t i = first; i < last; ++i) {
        if (i != first) out += ", ";
        append(out, view.child(0), i, place::nested);
        out += ": ";
        append(out, view.child(1), i, place::nested);
    }
    out += '}';
}

void append_structure(std::string& out, const array_view& view, std::int64_t row) {
    out += '{';
    for (std::size_t i = 0; i < view.child_count(); ++i) {
        if (i != 0) out += ", ";
        append_quoted(out, view.child(i).name());
        out += ": ";
        append(out, view.child(i), view.child_row(row), place::nested);
    }
    out += '}';
}

void append_text(std::string& out, std::string_view text, place where) {
    if (where == place::nested) {
        append_quoted(out, text);
    } else {
        out += text;
    }
}

void append_valid(std::string& out, const array_view& view, std::int64_t row, place where) {
    switch (view.type().id()) {
        case type_id::null:
            out += "null";
            return;
        case type_id::boolean:
            out += view.boolean(row) ? "true" : "false";
            return;
        case type_id::int8:
        case type_id::int16:
        case type_id::int32:
        case type_id::int64:
            return append_number(out, view.integer(row));
        case type_id::uint8:
        case type_id::uint16:
        case type_id::uint32:
        case type_id::uint64:
            return append_number(out, view.unsigned_integer(row));
        case type_id::float16:
        case type_id::float32:
        case type_id::float64:
            return append_float(out, view, row);
        case type_id::decimal128:
        case type_id::decimal256:
            return append_decimal(out, view.decimal(row), view.type().scale());
        case type_id::utf8:
        case type_id::large_utf8:
            return append_text(out, view.bytes(row), where);
        case type_id::binary:
        case type_id::large_binary:
        case type_id::fixed_size_binary:
            return append_binary(out, view, row, where);
        case type_id::date32:
        case type_id::date64:
        case type_id::time32:
        case type_id::time64:
        case type_id::timestamp:
        case type_id::duration:
        case type_id::interval_months:
        case type_id::interval_day_time:
        case type_id::interval_month_day_nano:
            return append_temporal(out, view, row, where);
        case type_id::list:
        case type_id::large_list:
            return append_list(out, view, row);
        case type_id::structure:
            return append_structure(out, view, row);
        case type_id::map:
            return append_map(out, view, row);
        case type_id::dictionary:
            return append(out, view.child(0), view.index(row), where);
    }
}

void append(std::string& out, const array_view& view, std::int64_t row, place where) {
    if (view.is_null(row)) {
        out += "null";
    } else {
        append_valid(out, view, row, where);
    }
}

}  // namespace

void append_cell(std::string& out, const array_view& view, std::int64_t row) {
    append(out, view, row, place::cell);
}

std::string format_cell(const array_view& view, std::int64_t row) {
    std::string out;
    append_cell(out, view, row);
    return out;
}

}  // namespace qry::arrow
