#include "arguments.hpp"

#include <array>
#include <cmath>
#include <cstdio>

#include <qry/kit/arrow/decimal.hpp>
#include <qry/kit/arrow/time.hpp>
#include <qry/kit/arrow/validate.hpp>
#include <qry/kit/text/number.hpp>

#include "array_text.hpp"

namespace qry::postgresql {

namespace {

using arrow::array_view;
using arrow::time_unit;
using arrow::type_id;

error bad_argument(std::string message, std::string hint = {}) {
    return {
        .kind = status::invalid_parameter, .message = std::move(message), .hint = std::move(hint)};
}

// Floor division, so that times before 1970 keep a positive time of day.
std::int64_t split(std::int64_t value, std::int64_t unit, std::int64_t& rest) {
    std::int64_t whole = value / unit;
    rest = value % unit;
    if (rest < 0) {
        rest += unit;
        --whole;
    }
    return whole;
}

// Years before 1 are written with BC: year 0 is 1 BC.
void append_server_date(std::string& out, std::int64_t days, bool& bc) {
    const arrow::civil_date d = arrow::civil_from_days(days);
    bc = d.year <= 0;
    std::array<char, 48> text{};
    std::snprintf(
        text.data(),
        text.size(),
        "%04lld-%02d-%02d",
        static_cast<long long>(bc ? 1 - d.year : d.year),
        d.month,
        d.day
    );
    out += text.data();
}

// The server keeps microseconds; it would round, so more is refused here.
result<std::int64_t> to_micros(std::int64_t value, time_unit unit) {
    std::int64_t micros = value;
    switch (unit) {
        case time_unit::second:
            if (__builtin_mul_overflow(value, std::int64_t{1'000'000}, &micros)) break;
            return micros;
        case time_unit::milli:
            if (__builtin_mul_overflow(value, std::int64_t{1'000}, &micros)) break;
            return micros;
        case time_unit::micro:
            return micros;
        case time_unit::nano:
            if (value % 1000 == 0) return value / 1000;
            return bad_argument(
                "an argument has nanoseconds (" + std::to_string(value) +
                    "), but the server keeps microseconds",
                "Round it to microseconds first."
            );
    }
    return bad_argument("a time of " + std::to_string(value) + " is out of range");
}

std::string time_text(std::int64_t micros) {
    std::string out;
    arrow::append_time(out, micros, time_unit::micro);
    return out;
}

result<std::string> timestamp_text(std::int64_t value, const arrow::data_type& type, oid wanted) {
    auto micros = to_micros(value, type.unit());
    if (!micros) return std::move(micros).error();
    std::int64_t time = 0;
    const std::int64_t days = split(*micros, arrow::micros_per_day, time);
    std::string out;
    bool bc = false;
    append_server_date(out, days, bc);
    out += ' ';
    out += time_text(time);
    // A "timestamp" would ignore the offset; an instant becomes its wall clock in UTC there.
    if (!type.zone().empty() && wanted != type::timestamp) out += "+00";
    if (bc) out += " BC";
    return out;
}

// Every part with its sign: without, a server in IntervalStyle sql_standard takes the first for
// all.
std::string interval_text(std::int64_t months, std::int64_t days, std::int64_t micros) {
    const auto part = [](std::int64_t n) { return (n < 0 ? "" : "+") + std::to_string(n); };
    // Negated as unsigned: the smallest value has no positive twin.
    const std::uint64_t size =
        micros < 0 ? 0 - static_cast<std::uint64_t>(micros) : static_cast<std::uint64_t>(micros);
    std::array<char, 64> time{};
    std::snprintf(
        time.data(),
        time.size(),
        "%c%llu:%02llu:%02llu.%06llu",
        micros < 0 ? '-' : '+',
        static_cast<unsigned long long>(size / 3'600'000'000ULL),
        static_cast<unsigned long long>(size / 60'000'000ULL % 60),
        static_cast<unsigned long long>(size / 1'000'000ULL % 60),
        static_cast<unsigned long long>(size % 1'000'000ULL)
    );
    return part(months) + " mons " + part(days) + " days " + time.data();
}

std::string hex_text(std::string_view bytes) {
    constexpr char digits[] = "0123456789abcdef";
    std::string out = "\\x";
    for (const char c : bytes) {
        const auto b = static_cast<unsigned char>(c);
        out += digits[b >> 4];
        out += digits[b & 15];
    }
    return out;
}

result<std::string> list_text(const array_view& view, std::int64_t row) {
    const array_view& items = view.child(0);
    const bool nested =
        items.type().id() == type_id::list || items.type().id() == type_id::large_list;
    std::string out = "{";
    const auto [first, end] = view.range(row);
    for (std::int64_t i = first; i < end; ++i) {
        if (i != first) out += ',';
        if (items.is_null(i)) {
            out += "NULL";
            continue;
        }
        auto item = argument_text(items, i, 0);
        if (!item) return item;
        if (nested) {
            out += *item;
        } else {
            append_array_item(out, *item);
        }
    }
    out += '}';
    return out;
}

// A composite in the server's notation: ("a","b",).
result<std::string> structure_text(const array_view& view, std::int64_t row) {
    std::string out = "(";
    for (std::size_t i = 0; i < view.child_count(); ++i) {
        if (i != 0) out += ',';
        const array_view& field = view.child(i);
        const std::int64_t at = view.child_row(row);
        // Nothing between two commas is NULL.
        if (field.is_null(at)) continue;
        auto value = argument_text(field, at, 0);
        if (!value) return value;
        append_array_item(out, *value);
    }
    out += ')';
    return out;
}

result<std::string> time_of_day_text(const array_view& view, std::int64_t row) {
    auto micros = to_micros(view.integer(row), view.type().unit());
    if (!micros) return std::move(micros).error();
    return time_text(*micros);
}

}  // namespace

result<std::string> argument_text(const array_view& view, std::int64_t row, oid wanted) {
    const arrow::data_type& t = view.type();
    switch (t.id()) {
        case type_id::boolean:
            return std::string(view.boolean(row) ? "true" : "false");
        case type_id::int8:
        case type_id::int16:
        case type_id::int32:
        case type_id::int64:
            return std::to_string(view.integer(row));
        case type_id::uint8:
        case type_id::uint16:
        case type_id::uint32:
        case type_id::uint64:
            return std::to_string(view.unsigned_integer(row));
        case type_id::float16:
        case type_id::float32:
            return text::float_text(static_cast<float>(view.floating(row)));
        case type_id::float64:
            return text::float_text(view.floating(row));
        case type_id::decimal128:
        case type_id::decimal256:
            return arrow::format_decimal(view.decimal(row), t.scale());
        case type_id::utf8:
        case type_id::large_utf8:
            return std::string(view.bytes(row));
        case type_id::binary:
        case type_id::large_binary:
        case type_id::fixed_size_binary:
            return hex_text(view.bytes(row));
        case type_id::date32:
        case type_id::date64: {
            std::string out;
            bool bc = false;
            std::int64_t rest = 0;
            const std::int64_t days = t.id() == type_id::date32
                                          ? view.integer(row)
                                          : split(view.integer(row), 86'400'000, rest);
            append_server_date(out, days, bc);
            return bc ? out + " BC" : out;
        }
        case type_id::time32:
        case type_id::time64:
            return time_of_day_text(view, row);
        case type_id::timestamp:
            return timestamp_text(view.integer(row), t, wanted);
        case type_id::duration: {
            auto micros = to_micros(view.integer(row), t.unit());
            if (!micros) return std::move(micros).error();
            return interval_text(0, 0, *micros);
        }
        case type_id::interval_months:
            return interval_text(view.integer(row), 0, 0);
        case type_id::interval_month_day_nano: {
            const auto v = view.value<arrow::month_day_nano>(row);
            auto micros = to_micros(v.nanoseconds, time_unit::nano);
            if (!micros) return std::move(micros).error();
            return interval_text(v.months, v.days, *micros);
        }
        case type_id::list:
        case type_id::large_list:
            return list_text(view, row);
        case type_id::structure:
            return structure_text(view, row);
        case type_id::dictionary:
            return argument_text(view.child(0), view.index(row), wanted);
        default:
            break;
    }
    return bad_argument(
        "an argument of type " + t.name() + " cannot be bound",
        "Convert it to a number, text, bytes, date, time, interval, list or struct first."
    );
}

result<void> write_arguments(
    output_buffer& out,
    std::span<const oid> parameters,
    const ArrowSchema* schema,
    const ArrowArray* row
) {
    const bool any = schema != nullptr && row != nullptr;
    const std::size_t given = any ? static_cast<std::size_t>(schema->n_children) : 0;
    if (given != parameters.size()) {
        return bad_argument(
            "the statement has " + std::to_string(parameters.size()) + " parameters ($1 …), but " +
                std::to_string(given) + " arguments were given",
            "Give one argument for each of $1, $2, …"
        );
    }
    if (!any || given == 0) {
        out.put16(0);
        out.put16(0);
        return {};
    }
    auto sound = arrow::validate(*schema, *row);
    if (!sound) return std::move(sound).error();
    auto view = array_view::make(*schema, *row);
    if (!view) return std::move(view).error();
    if (view->length() != 1) return bad_argument("the arguments must be one row");
    const auto is_bytes = [&](std::size_t i) {
        const type_id id = view->child(i).type().id();
        return parameters[i] == type::bytea &&
               (id == type_id::binary || id == type_id::large_binary ||
                id == type_id::fixed_size_binary);
    };
    out.put16(static_cast<std::int16_t>(given));
    for (std::size_t i = 0; i < given; ++i)
        out.put16(is_bytes(i) ? 1 : 0);
    out.put16(static_cast<std::int16_t>(given));
    const std::int64_t at = view->child_row(0);
    for (std::size_t i = 0; i < given; ++i) {
        const array_view& value = view->child(i);
        if (value.type().id() == type_id::null || value.is_null(at)) {
            out.put32(-1);
            continue;
        }
        const std::size_t length = out.open_length();
        if (is_bytes(i)) {
            out.put_text(value.bytes(at));
        } else {
            auto text = argument_text(value, at, parameters[i]);
            if (!text) {
                error e = std::move(text).error();
                e.message = "$" + std::to_string(i + 1) + ": " + e.message;
                return e;
            }
            out.put_text(*text);
        }
        out.close_length(length);
    }
    return {};
}

}  // namespace qry::postgresql
