// Numbers as SQL reads them back.
#pragma once

#include <array>
#include <charconv>
#include <cmath>
#include <string>

namespace qry::text {

// The shortest digits that are this value again; "NaN", "Infinity", "-Infinity". T is float or
// double.
template <class T>
[[nodiscard]] std::string float_text(T value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
    std::array<char, 32> text{};
    return {text.data(), std::to_chars(text.begin(), text.end(), value).ptr};
}

}  // namespace qry::text
