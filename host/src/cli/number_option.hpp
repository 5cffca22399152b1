// Options that take a whole number, 0 or more: what is none, or does not fit, is refused in our own
// words.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>

namespace qry::cli {

// Throws what CLI::App::parse throws, naming the option.
[[nodiscard]] std::int64_t read_number(
    const std::string& option, const std::string& text, std::int64_t most
);

// into: outlives the parsing.
template <class T>
CLI::Option* add_number(
    CLI::App& to, const std::string& option, std::optional<T>& into, const std::string& help
) {
    constexpr auto most = static_cast<std::int64_t>(std::min<std::uint64_t>(
        std::numeric_limits<T>::max(), std::numeric_limits<std::int64_t>::max()
    ));
    const auto take = [&into, option](const std::string& text) {
        into = static_cast<T>(read_number(option, text, most));
    };
    return to.add_option_function<std::string>(option, take, help);
}

}  // namespace qry::cli
