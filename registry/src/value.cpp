#include "value.hpp"

#include <qry/kit/text/duration.hpp>
#include <qry/kit/text/utf8.hpp>

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <utility>

#include "near.hpp"

namespace qry::registry {

namespace {

constexpr std::size_t longest_quote = 80;

// The value for a message: cut, and never that of a secret.
std::string quoted(const parameter& p, std::string_view value) {
    if (p.secret) return "given";
    if (value.empty()) return "empty";
    if (value.size() <= longest_quote) return "'" + std::string(value) + "'";
    // Not through the middle of a character.
    const std::size_t cut = text::valid_utf8_prefix(value.substr(0, longest_quote));
    return "'" + std::string(value.substr(0, cut)) + "…'";
}

error wrong(
    const parameter& p, std::string_view value, const std::string& expected, std::string hint = {}
) {
    return {
        .kind = status::invalid_parameter,
        .message = "parameter '" + p.name + "' is " + quoted(p, value) + "; expected " + expected,
        .hint = std::move(hint),
        .from = origin::host,
        .parameter = p.name};
}

// " from 1 to 65535"
std::string range_of(const parameter& p, const char* unit = "") {
    if (p.minimum && p.maximum) {
        return " from " + std::to_string(*p.minimum) + " to " + std::to_string(*p.maximum) + unit;
    }
    if (p.minimum) return " of at least " + std::to_string(*p.minimum) + unit;
    if (p.maximum) return " of at most " + std::to_string(*p.maximum) + unit;
    return {};
}

template <class T>
bool in_range(const parameter& p, T value) noexcept {
    return (!p.minimum || value >= static_cast<T>(*p.minimum)) &&
           (!p.maximum || value <= static_cast<T>(*p.maximum));
}

template <class T>
bool parse(std::string_view text, T* out) noexcept {
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), *out);
    return failure == std::errc() && end == text.data() + text.size();
}

result<std::string> integer(const parameter& p, std::string_view value) {
    std::int64_t number = 0;
    if (parse(value, &number) && in_range(p, number)) return std::to_string(number);
    return wrong(p, value, "an integer" + range_of(p));
}

result<std::string> decimal(const parameter& p, std::string_view value) {
    double number = 0;
    if (!parse(value, &number) || !std::isfinite(number) || !in_range(p, number)) {
        return wrong(p, value, "a number" + range_of(p));
    }
    std::array<char, 64> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
    return std::string(text.data(), end);
}

result<std::string> boolean(const parameter& p, std::string_view value) {
    std::string word(value);
    for (char& c : word) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    for (const char* yes : {"true", "yes", "on", "1"}) {
        if (word == yes) return std::string("true");
    }
    for (const char* no : {"false", "no", "off", "0"}) {
        if (word == no) return std::string("false");
    }
    return wrong(p, value, "true or false (yes, no, on, off, 1 and 0 serve as well)");
}

// Seconds, with as many decimals as the value has.
std::string seconds(std::chrono::nanoseconds value) {
    constexpr std::int64_t second = 1'000'000'000;
    std::string out = std::to_string(value.count() / second);
    std::int64_t rest = value.count() % second;
    if (rest == 0) return out;
    std::string decimals = std::to_string(rest);
    decimals.insert(0, 9 - decimals.size(), '0');
    decimals.erase(decimals.find_last_not_of('0') + 1);
    return out + "." + decimals;
}

result<std::string> duration(const parameter& p, std::string_view value) {
    const auto parsed = text::parse_duration(value, p.name);
    if (!parsed) {
        return wrong(
            p,
            value,
            range_of(p).empty() ? "a duration longer than zero"
                                : "a duration" + range_of(p, " seconds"),
            parsed.error().hint
        );
    }
    if (in_range(p, std::chrono::duration<double>(*parsed).count())) return seconds(*parsed);
    return wrong(p, value, "a duration" + range_of(p, " seconds"));
}

// A NUL would end the value early in the plugin, a line break would start a new entry in many a
// configuration: neither is ever part of an honest value.
result<void> check_characters(const parameter& p, std::string_view value) {
    const auto bad = std::find_if(value.begin(), value.end(), [&](char c) {
        const auto byte = static_cast<unsigned char>(c);
        const bool layout = c == '\n' || c == '\r' || c == '\t';
        return byte == 0x7f || (byte < 0x20 && !(p.multiline && layout));
    });
    std::string what;
    if (bad != value.end()) {
        std::array<char, 8> hex{};
        std::snprintf(hex.data(), hex.size(), "0x%02x", static_cast<unsigned char>(*bad));
        what = std::string("a control character (") + hex.data() + ")";
    } else if (!text::is_valid_utf8(value)) {
        what = "bytes that are not UTF-8";
    } else {
        return {};
    }
    return error{
        .kind = status::invalid_parameter,
        .message = "parameter '" + p.name + "' holds " + what + "; expected " +
                   (p.multiline ? "text" : "text of one line"),
        .hint = "type the value again; a line break often comes with pasting",
        .from = origin::host,
        .parameter = p.name};
}

result<std::string> typed(const parameter& p, std::string_view value) {
    switch (p.type) {
        case parameter_type::string:
            break;
        case parameter_type::integer:
            return integer(p, value);
        case parameter_type::number:
            return decimal(p, value);
        case parameter_type::boolean:
            return boolean(p, value);
        case parameter_type::duration:
            return duration(p, value);
    }
    if (p.file && value.empty()) return wrong(p, value, "the path of a file");
    return std::string(value);
}

}  // namespace

result<std::string> canonical(const parameter& p, std::string_view value) {
    if (auto ok = check_characters(p, value); !ok) return std::move(ok).error();
    auto text = typed(p, value);
    if (!text) return text;
    if (!p.enumeration.empty() &&
        std::find(p.enumeration.begin(), p.enumeration.end(), *text) == p.enumeration.end()) {
        const auto meant = p.secret ? std::nullopt : nearest(value, p.enumeration);
        return wrong(
            p,
            value,
            "one of " + join(p.enumeration),
            meant ? "did you mean '" + *meant + "'?" : std::string()
        );
    }
    if (p.pattern.empty() || RE2::FullMatch(*text, RE2(p.pattern, RE2::Quiet))) return text;
    if (p.pattern_error.empty()) return wrong(p, value, "text that matches " + p.pattern);
    auto failure = wrong(p, value, "");
    failure.message = "parameter '" + p.name + "' is " + quoted(p, value) + ": " + p.pattern_error;
    return failure;
}

std::string pattern_defect(const std::string& pattern) {
    const RE2 compiled(pattern, RE2::Quiet);
    return compiled.ok() ? std::string() : compiled.error();
}

}  // namespace qry::registry
