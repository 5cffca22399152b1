#include "bind.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include <qry/kit/arrow/array_view.hpp>
#include <qry/kit/arrow/decimal.hpp>
#include <qry/kit/arrow/time.hpp>
#include <qry/kit/arrow/validate.hpp>

#include "error.hpp"

namespace qry::sqlite {

namespace {

using arrow::array_view;
using arrow::type_id;

// Decimals of so many digits survive the way through a double and back.
constexpr int safe_double_digits = 15;

error refuse(int number, const std::string& what) {
    return {
        .kind = status::invalid_parameter,
        .message = "argument $" + std::to_string(number) + " " + what,
        .parameter = "$" + std::to_string(number)};
}

// "$12" is 12; everything else is nothing.
std::optional<int> number_of(const char* name) noexcept {
    if (name == nullptr || *name != '$') return std::nullopt;
    const std::string_view digits(name + 1);
    int value = 0;
    const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (failed != std::errc{} || end != digits.data() + digits.size() || value < 1) {
        return std::nullopt;
    }
    return value;
}

// Binds to one placeholder. Every member returns a result code of SQLite.
class target {
public:
    target(sqlite3_stmt* statement, int index) noexcept : statement_(statement), index_(index) {}

    int null() const { return sqlite3_bind_null(statement_, index_); }
    int integer(std::int64_t v) const { return sqlite3_bind_int64(statement_, index_, v); }
    int real(double v) const { return sqlite3_bind_double(statement_, index_, v); }
    int text(std::string_view v) const {
        return sqlite3_bind_text64(
            statement_, index_, not_null(v), v.size(), SQLITE_TRANSIENT, SQLITE_UTF8
        );
    }
    int blob(std::string_view v) const {
        return sqlite3_bind_blob64(statement_, index_, not_null(v), v.size(), SQLITE_TRANSIENT);
    }

private:
    // NULL would bind NULL, not an empty value.
    static const char* not_null(std::string_view v) noexcept {
        return v.data() != nullptr ? v.data() : "";
    }
    sqlite3_stmt* statement_;
    int index_;
};

// A number where SQLite's arithmetic and comparisons can use it, text where only that is exact.
int bind_decimal(const target& to, const array_view& value, std::int64_t row) {
    const arrow::int256 scaled = value.decimal(row);
    const std::string text = arrow::format_decimal(scaled, value.type().scale());
    arrow::int128 whole = 0;
    if (arrow::parse_decimal(text, arrow::max_precision128, 0, whole) ==
            arrow::decimal_fit::exact &&
        whole >= std::numeric_limits<std::int64_t>::min() &&
        whole <= std::numeric_limits<std::int64_t>::max()) {
        return to.integer(static_cast<std::int64_t>(whole));
    }
    if (!arrow::fits_precision(scaled, safe_double_digits)) return to.text(text);
    double number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return to.real(number);
}

int bind_temporal(const target& to, const array_view& value, std::int64_t row) {
    std::string text = arrow::format_cell(value, row);
    const bool zoned = value.type().id() == type_id::timestamp && !value.type().zone().empty();
    // SQLite's functions and plain comparisons know "+00:00" as well as "Z".
    if (zoned) text.replace(text.size() - 1, 1, "+00:00");
    return to.text(text);
}

result<int> bind_number(const target& to, int number, const array_view& value, std::int64_t row) {
    if (value.type().id() == type_id::uint64) {
        const std::uint64_t v = value.unsigned_integer(row);
        if (v > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
            return refuse(
                number, "is " + std::to_string(v) + "; SQLite's integers end at 2^63 - 1"
            );
        }
        return to.integer(static_cast<std::int64_t>(v));
    }
    const bool floating = value.type().id() == type_id::float16 ||
                          value.type().id() == type_id::float32 ||
                          value.type().id() == type_id::float64;
    if (!floating) return to.integer(value.integer(row));
    const double v = value.floating(row);
    if (std::isnan(v)) return refuse(number, "is NaN, which SQLite would store as NULL");
    return to.real(v);
}

result<int> bind_value(const target& to, int number, const array_view& value, std::int64_t row) {
    if (value.is_null(row)) return to.null();
    switch (value.type().id()) {
        case type_id::boolean:
            return to.integer(value.boolean(row) ? 1 : 0);
        case type_id::int8:
        case type_id::int16:
        case type_id::int32:
        case type_id::int64:
        case type_id::uint8:
        case type_id::uint16:
        case type_id::uint32:
        case type_id::uint64:
        case type_id::float16:
        case type_id::float32:
        case type_id::float64:
            return bind_number(to, number, value, row);
        case type_id::decimal128:
        case type_id::decimal256:
            return bind_decimal(to, value, row);
        case type_id::utf8:
        case type_id::large_utf8:
            return to.text(value.bytes(row));
        case type_id::binary:
        case type_id::large_binary:
        case type_id::fixed_size_binary:
            return to.blob(value.bytes(row));
        case type_id::date32:
        case type_id::date64:
        case type_id::time32:
        case type_id::time64:
        case type_id::timestamp:
            return bind_temporal(to, value, row);
        case type_id::dictionary:
            return bind_value(to, number, value.child(0), value.index(row));
        case type_id::null:
        case type_id::duration:
        case type_id::interval_months:
        case type_id::interval_day_time:
        case type_id::interval_month_day_nano:
        case type_id::list:
        case type_id::large_list:
        case type_id::structure:
        case type_id::map:
            break;
    }
    return refuse(number, "has the type " + value.type().name() + ", which SQLite does not have");
}

error wrong_count(std::size_t expected, std::size_t given) {
    return {
        .kind = status::invalid_parameter,
        .message = "the statement expects " + std::to_string(expected) +
                   (expected == 1 ? " argument" : " arguments") + " but " + std::to_string(given) +
                   (given == 1 ? " was given" : " were given"),
        .hint = "arguments are positional: $1 takes the first one",
        .parameter = "args"};
}

result<std::size_t> expected_count(sqlite3_stmt* statement) {
    std::size_t expected = 0;
    const int count = sqlite3_bind_parameter_count(statement);
    for (int i = 1; i <= count; ++i) {
        const char* name = sqlite3_bind_parameter_name(statement, i);
        const auto number = number_of(name);
        if (!number) {
            return error{
                .kind = status::query_error,
                .message = std::string("the placeholder '") + (name != nullptr ? name : "?") +
                           "' is not a dollar sign and a number",
                .hint = "write $1, $2, …"};
        }
        expected = std::max(expected, static_cast<std::size_t>(*number));
    }
    return expected;
}

result<void> bind_all(sqlite3* db, sqlite3_stmt* statement, const array_view& args) {
    const int count = sqlite3_bind_parameter_count(statement);
    for (int i = 1; i <= count; ++i) {
        const int number = number_of(sqlite3_bind_parameter_name(statement, i)).value_or(0);
        const array_view& value = args.child(static_cast<std::size_t>(number) - 1);
        auto code = bind_value(target(statement, i), number, value, args.child_row(0));
        if (!code) return std::move(code).error();
        if (*code != SQLITE_OK) return database_error(db, *code);
    }
    return {};
}

}  // namespace

result<void> bind_arguments(
    sqlite3* db, sqlite3_stmt* statement, const ArrowSchema* schema, const ArrowArray* array
) {
    auto expected = expected_count(statement);
    if (!expected) return std::move(expected).error();
    if (schema == nullptr || array == nullptr) {
        if (*expected != 0) return wrong_count(*expected, 0);
        return {};
    }
    if (auto ok = arrow::validate(*schema, *array); !ok) return ok;
    auto args = array_view::make(*schema, *array);
    if (!args) return std::move(args).error();
    if (args->type().id() != type_id::structure || args->length() != 1) {
        return error{.message = "arguments must be a struct of one row"};
    }
    if (*expected != args->child_count()) return wrong_count(*expected, args->child_count());
    return bind_all(db, statement, *args);
}

}  // namespace qry::sqlite
