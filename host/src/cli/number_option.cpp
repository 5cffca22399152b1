#include "cli/number_option.hpp"

#include <charconv>

namespace qry::cli {

std::int64_t read_number(const std::string& option, const std::string& text, std::int64_t most) {
    std::int64_t value = 0;
    const char* end = text.data() + text.size();
    const auto [stopped, failed] = std::from_chars(text.data(), end, value);
    if (failed == std::errc() && stopped == end && value >= 0 && value <= most) return value;
    throw CLI::ConversionError(
        option + " is '" + text + "'; expected a whole number from 0 to " + std::to_string(most),
        CLI::ExitCodes::ConversionError
    );
}

}  // namespace qry::cli
