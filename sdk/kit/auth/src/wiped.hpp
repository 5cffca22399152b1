// Secrets on their way from one form to another, wiped whichever way a function is left.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include <qry/secret.hpp>

namespace qry::auth {

// A std::string that is wiped at its end. Reserve before appending: a string that grows leaves its
// old bytes behind.
struct wiped_text {
    explicit wiped_text(std::string from = {}) noexcept : text(std::move(from)) {
        // A short text was copied, not taken over; what is left of it is wiped too.
        wipe(from.data(), from.capacity());
    }
    wiped_text(const wiped_text&) = delete;
    wiped_text& operator=(const wiped_text&) = delete;
    ~wiped_text() { wipe(text.data(), text.size()); }

    std::string text;
};

// The parts behind each other.
[[nodiscard]] inline secret join(std::initializer_list<std::string_view> parts) {
    std::size_t size = 0;
    for (const std::string_view part : parts)
        size += part.size();
    wiped_text out;
    out.text.reserve(size);
    for (const std::string_view part : parts)
        out.text += part;
    return secret(out.text);
}

}  // namespace qry::auth
