#include <qry/kit/arrow/time.hpp>

#include <array>

namespace qry::arrow {

namespace {

constexpr std::int64_t days_per_era = 146'097;
constexpr std::int64_t years_per_era = 400;
// 0000-03-01 to 1970-01-01.
constexpr std::int64_t days_to_epoch = 719'468;
// Keeps days within what 64-bit arithmetic takes, far beyond any database.
constexpr int max_year_digits = 9;

constexpr std::array<std::int64_t, 10> powers = {
    1, 10, 100, 1'000, 10'000, 100'000, 1'000'000, 10'000'000, 100'000'000, 1'000'000'000};

bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

// Reads text from the front; every member leaves it unchanged when it does not find its thing.
class cursor {
public:
    explicit cursor(std::string_view text) noexcept : rest_(text) {}

    [[nodiscard]] bool done() const noexcept { return rest_.empty(); }
    [[nodiscard]] char peek() const noexcept { return rest_.empty() ? '\0' : rest_.front(); }
    bool take(char c) noexcept {
        if (peek() != c || rest_.empty()) return false;
        rest_.remove_prefix(1);
        return true;
    }
    // Exactly two digits.
    bool two(int& value) noexcept {
        if (rest_.size() < 2 || !is_digit(rest_[0]) || !is_digit(rest_[1])) return false;
        value = (rest_[0] - '0') * 10 + (rest_[1] - '0');
        rest_.remove_prefix(2);
        return true;
    }
    // All digits that follow: how many there were.
    int digits(std::int64_t& value, int at_most) noexcept {
        int count = 0;
        value = 0;
        while (count < at_most && is_digit(peek())) {
            value = value * 10 + (peek() - '0');
            rest_.remove_prefix(1);
            ++count;
        }
        return count;
    }

private:
    std::string_view rest_;
};

bool take_bc(std::string_view& text) noexcept {
    if (!text.ends_with(" BC")) return false;
    text.remove_suffix(3);
    return true;
}

// "2024-02-29", which nearly all dates are; false = another form, or no date.
bool usual_date(std::string_view text, std::int64_t& days) noexcept {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
    unsigned bad = 0;
    const auto digit = [&](std::size_t i) {
        const auto d = static_cast<unsigned>(text[i] - '0');
        bad |= d > 9 ? 1U : 0U;
        return static_cast<int>(d);
    };
    const int year = (digit(0) * 10 + digit(1)) * 100 + digit(2) * 10 + digit(3);
    const int month = digit(5) * 10 + digit(6);
    const int day = digit(8) * 10 + digit(9);
    const civil_date date{.year = year, .month = month, .day = day};
    if (bad != 0 || !valid_date(date)) return false;
    days = days_from_civil(date);
    return true;
}

bool scan_date(cursor& in, bool bc, std::int64_t& days) noexcept {
    const bool minus = in.take('-');
    const bool sign = minus || in.take('+');
    civil_date date{};
    if (in.digits(date.year, max_year_digits) < 4 || !in.take('-')) return false;
    if (!in.two(date.month) || !in.take('-') || !in.two(date.day)) return false;
    if (bc) {
        if (sign || date.year == 0) return false;
        date.year = 1 - date.year;
    } else if (minus) {
        date.year = -date.year;
    }
    if (!valid_date(date)) return false;
    days = days_from_civil(date);
    return true;
}

// The fraction in units of 10^-digits; false when it is more precise than that.
bool scan_fraction(cursor& in, int digits, std::int64_t& fraction) noexcept {
    const int found = in.digits(fraction, digits);
    if (found == 0 && !is_digit(in.peek())) return false;
    fraction *= powers[static_cast<std::size_t>(digits - found)];
    while (in.take('0')) {
    }
    return !is_digit(in.peek());
}

bool scan_time(cursor& in, int digits, std::int64_t& value) noexcept {
    int hour = 0;
    int minute = 0;
    int second = 0;
    std::int64_t fraction = 0;
    if (!in.two(hour) || !in.take(':') || !in.two(minute)) return false;
    if (in.take(':')) {
        if (!in.two(second)) return false;
        if (in.take('.') && !scan_fraction(in, digits, fraction)) return false;
    }
    if (minute > 59 || second > 59) return false;
    const std::int64_t seconds = hour * 3600 + minute * 60 + second;
    value = seconds * powers[static_cast<std::size_t>(digits)] + fraction;
    return value <= seconds_per_day * powers[static_cast<std::size_t>(digits)];
}

// "Z", "+02", "+0200", "+02:00", "+02:00:30"
bool scan_offset(cursor& in, std::int32_t& seconds) noexcept {
    if (in.take('Z') || in.take('z')) {
        seconds = 0;
        return true;
    }
    const bool minus = in.take('-');
    if (!minus && !in.take('+')) return false;
    int hour = 0;
    int minute = 0;
    int second = 0;
    if (!in.two(hour)) return false;
    const bool colon = in.take(':');
    const bool minutes = in.two(minute);
    if (colon && !minutes) return false;
    if (minutes && colon && in.take(':') && !in.two(second)) return false;
    if (hour > 23 || minute > 59 || second > 59) return false;
    seconds = hour * 3600 + minute * 60 + second;
    if (minus) seconds = -seconds;
    return true;
}

}  // namespace

std::int64_t days_from_civil(const civil_date& date) noexcept {
    // Years that begin in March put the leap day at their end; 400 of them make an era.
    const std::int64_t year = date.year - (date.month <= 2 ? 1 : 0);
    const std::int64_t era = (year >= 0 ? year : year - (years_per_era - 1)) / years_per_era;
    const std::int64_t year_of_era = year - era * years_per_era;
    const int month = (date.month + 9) % 12;
    const std::int64_t day_of_year = (153 * month + 2) / 5 + date.day - 1;
    const std::int64_t day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * days_per_era + day_of_era - days_to_epoch;
}

civil_date civil_from_days(std::int64_t days) noexcept {
    const std::int64_t shifted = days + days_to_epoch;
    const std::int64_t era = (shifted >= 0 ? shifted : shifted - (days_per_era - 1)) / days_per_era;
    const std::int64_t day_of_era = shifted - era * days_per_era;
    const std::int64_t year_of_era =
        (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
    const std::int64_t day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const auto month_from_march = static_cast<int>((5 * day_of_year + 2) / 153);
    const auto day = static_cast<int>(day_of_year - (153 * month_from_march + 2) / 5 + 1);
    const int month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    const std::int64_t year = year_of_era + era * years_per_era + (month <= 2 ? 1 : 0);
    return {.year = year, .month = month, .day = day};
}

bool valid_date(const civil_date& date) noexcept {
    constexpr int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (date.month < 1 || date.month > 12 || date.day < 1) return false;
    const bool leap = date.year % 4 == 0 && (date.year % 100 != 0 || date.year % 400 == 0);
    const int extra = date.month == 2 && leap ? 1 : 0;
    return date.day <= lengths[date.month - 1] + extra;
}

std::optional<std::int64_t> parse_date(std::string_view text) noexcept {
    std::int64_t usual = 0;
    if (usual_date(text, usual)) return usual;
    const bool bc = take_bc(text);
    cursor in(text);
    std::int64_t days = 0;
    if (!scan_date(in, bc, days) || !in.done()) return std::nullopt;
    return days;
}

std::optional<std::int64_t> parse_time(std::string_view text, int digits) noexcept {
    cursor in(text);
    std::int64_t value = 0;
    if (!scan_time(in, digits, value) || !in.done()) return std::nullopt;
    return value;
}

std::optional<parsed_timestamp> parse_timestamp(std::string_view text, int digits) noexcept {
    const bool bc = take_bc(text);
    cursor in(text);
    std::int64_t days = 0;
    std::int64_t time = 0;
    parsed_timestamp out;
    if (!scan_date(in, bc, days)) return std::nullopt;
    if (!in.done()) {
        if (!in.take('T') && !in.take('t') && !in.take(' ')) return std::nullopt;
        if (!scan_time(in, digits, time)) return std::nullopt;
    }
    if (!in.done()) {
        (void)in.take(' ');
        std::int32_t offset = 0;
        if (!scan_offset(in, offset) || !in.done()) return std::nullopt;
        out.offset_seconds = offset;
    }
    const std::int64_t unit = powers[static_cast<std::size_t>(digits)];
    if (__builtin_mul_overflow(days, seconds_per_day * unit, &out.value)) return std::nullopt;
    if (__builtin_add_overflow(out.value, time, &out.value)) return std::nullopt;
    const std::int64_t shift = out.offset_seconds.value_or(0) * unit;
    if (__builtin_sub_overflow(out.value, shift, &out.value)) return std::nullopt;
    return out;
}

}  // namespace qry::arrow
