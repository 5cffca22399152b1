#include <qry/kit/text/duration.hpp>

#include <qry/kit/text/utf8.hpp>

#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

namespace qry::text {

namespace {

struct unit {
    std::string_view suffix;
    std::int64_t nanoseconds;
};

// "ms" before "m" and "s": the first suffix that fits is taken.
constexpr unit units[] = {
    {"ms", 1'000'000},
    {"s", 1'000'000'000},
    {"m", 60'000'000'000},
    {"h", 3'600'000'000'000},
};

constexpr std::size_t max_quoted = 80;

error refuse(std::string_view text, std::string_view parameter, std::string_view why) {
    std::string shown = replace_invalid_utf8(text.substr(0, max_quoted));
    if (text.size() > max_quoted) shown += "…";
    return {
        .kind = status::invalid_parameter,
        .message =
            "parameter '" + std::string(parameter) + "': '" + shown + "' " + std::string(why),
        .hint = "give a number of seconds, or a number with a unit: 250ms, 90s, 5m, 2h",
        .parameter = std::string(parameter)};
}

bool only_digits_and_point(std::string_view number) {
    bool digit = false;
    bool point = false;
    for (char c : number) {
        if (c >= '0' && c <= '9') {
            digit = true;
        } else if (c == '.' && !point) {
            point = true;
        } else {
            return false;
        }
    }
    return digit;
}

// Digits and at most one point, exactly: 0.1 s is 100,000,000 ns, not a neighbour of it. -1 when
// the result does not fit.
std::int64_t scale(std::string_view number, std::int64_t nanoseconds) {
    __extension__ using wide = unsigned __int128;
    constexpr wide limit = std::numeric_limits<std::int64_t>::max();
    const std::size_t point = number.find('.');
    wide total = 0;
    for (char c : number.substr(0, point)) {
        total = total * 10 + static_cast<unsigned>(c - '0');
        if (total > limit) return -1;
    }
    total *= static_cast<wide>(nanoseconds);
    wide fraction = 0;
    wide power = 1;
    if (point != std::string_view::npos) {
        // Digits after the eighteenth are below a nanosecond for every unit.
        for (char c : number.substr(point + 1, 18)) {
            fraction = fraction * 10 + static_cast<unsigned>(c - '0');
            power *= 10;
        }
    }
    total += fraction * static_cast<wide>(nanoseconds) / power;
    return total > limit ? -1 : static_cast<std::int64_t>(total);
}

}  // namespace

result<std::chrono::nanoseconds> parse_duration(std::string_view text, std::string_view parameter) {
    std::string_view number = text;
    std::int64_t nanoseconds = 1'000'000'000;
    for (const unit& u : units) {
        if (number.ends_with(u.suffix)) {
            number.remove_suffix(u.suffix.size());
            nanoseconds = u.nanoseconds;
            break;
        }
    }
    if (number.starts_with('-') && only_digits_and_point(number.substr(1))) {
        return refuse(text, parameter, "must be longer than zero");
    }
    if (!only_digits_and_point(number)) return refuse(text, parameter, "is not a duration");
    const std::int64_t value = scale(number, nanoseconds);
    if (value < 0) return refuse(text, parameter, "is longer than 292 years");
    if (value == 0) return refuse(text, parameter, "must be longer than zero");
    return std::chrono::nanoseconds(value);
}

}  // namespace qry::text
