// "Did you mean …": the known word that is closest to a mistyped one.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace qry::registry {

// Nothing when no word is close enough to be meant: a third of the letters may be wrong.
[[nodiscard]] std::optional<std::string> nearest(
    std::string_view word, std::span<const std::string> known
);

// "Did you mean 'x'?", else the known words, else "".
[[nodiscard]] std::string suggest(std::string_view word, std::span<const std::string> known);

// "a, b, c"
[[nodiscard]] std::string join(std::span<const std::string> words);

}  // namespace qry::registry
