#include <qry/host.hpp>
#include <qry/kit/text/duration.hpp>

#include <algorithm>

namespace qry {

result<duration> parse_duration(std::string_view text, std::string_view parameter) {
    auto parsed = text::parse_duration(text, parameter);
    // The kit is the plugins' too, and so does not say whose call it was.
    if (!parsed) parsed.error().from = origin::host;
    return parsed;
}

result<duration> parse_age(std::string_view text, std::string_view parameter) {
    const std::string_view unit = text.substr(std::min(text.find_first_not_of("0."), text.size()));
    const std::string_view number = text.substr(0, text.size() - unit.size());
    const bool known = unit.empty() || unit == "ms" || unit == "s" || unit == "m" || unit == "h";
    const bool zero = number.find('0') != number.npos && number.find('.') == number.rfind('.');
    if (known && zero) return duration(0);
    return parse_duration(text, parameter);
}

}  // namespace qry
