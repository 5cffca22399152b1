#include <charconv>

#include <qry/kit/arrow/time.hpp>

namespace qry::arrow {

namespace {

void append_padded(std::string& out, std::uint64_t value, std::size_t width) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof(digits), value).ptr;
    const auto size = static_cast<std::size_t>(end - digits);
    if (size < width) out.append(width - size, '0');
    out.append(digits, size);
}

// ".5" is shown as ".5", ".000001" as ".000001": no trailing zeros.
void append_fraction(std::string& out, std::uint64_t fraction, time_unit unit) {
    if (fraction == 0) return;
    out += '.';
    append_padded(out, fraction, static_cast<std::size_t>(fraction_digits(unit)));
    while (out.back() == '0')
        out.pop_back();
}

std::uint64_t absolute(std::int64_t value) noexcept {
    const auto bits = static_cast<std::uint64_t>(value);
    return value < 0 ? ~bits + 1 : bits;
}

}  // namespace

std::int64_t units_per_second(time_unit unit) noexcept {
    switch (unit) {
        case time_unit::second:
            return 1;
        case time_unit::milli:
            return 1'000;
        case time_unit::micro:
            return 1'000'000;
        case time_unit::nano:
            return 1'000'000'000;
    }
    return 1;
}

int fraction_digits(time_unit unit) noexcept {
    return static_cast<int>(unit) * 3;
}

void append_date(std::string& out, std::int64_t days) {
    const civil_date date = civil_from_days(days);
    if (date.year < 0) out += '-';
    if (date.year > 9999) out += '+';
    append_padded(out, absolute(date.year), 4);
    out += '-';
    append_padded(out, static_cast<std::uint64_t>(date.month), 2);
    out += '-';
    append_padded(out, static_cast<std::uint64_t>(date.day), 2);
}

void append_time(std::string& out, std::int64_t value, time_unit unit) {
    if (value < 0) out += '-';
    const std::uint64_t positive = absolute(value);
    const auto per_second = static_cast<std::uint64_t>(units_per_second(unit));
    const std::uint64_t seconds = positive / per_second;
    append_padded(out, seconds / 3600, 2);
    out += ':';
    append_padded(out, seconds / 60 % 60, 2);
    out += ':';
    append_padded(out, seconds % 60, 2);
    append_fraction(out, positive % per_second, unit);
}

void append_timestamp(std::string& out, std::int64_t value, time_unit unit) {
    const std::int64_t per_day = seconds_per_day * units_per_second(unit);
    std::int64_t days = value / per_day;
    std::int64_t rest = value % per_day;
    if (rest < 0) {
        rest += per_day;
        --days;
    }
    append_date(out, days);
    out += ' ';
    append_time(out, rest, unit);
}

void append_duration(std::string& out, std::int64_t value, time_unit unit) {
    if (value < 0) out += '-';
    const std::uint64_t positive = absolute(value);
    const auto per_second = static_cast<std::uint64_t>(units_per_second(unit));
    const std::uint64_t seconds = positive / per_second;
    const std::uint64_t fraction = positive % per_second;
    out += "PT";
    if (seconds >= 3600) append_padded(out, seconds / 3600, 1), out += 'H';
    if (seconds / 60 % 60 != 0) append_padded(out, seconds / 60 % 60, 1), out += 'M';
    if (seconds % 60 != 0 || fraction != 0 || seconds == 0) {
        append_padded(out, seconds % 60, 1);
        append_fraction(out, fraction, unit);
        out += 'S';
    }
}

}  // namespace qry::arrow
