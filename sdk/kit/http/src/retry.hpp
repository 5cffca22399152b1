// When to send a request again: decided without I/O.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include <qry/kit/http/client.hpp>

namespace qry::http {

// "120" or "Fri, 31 Dec 1999 23:59:59 GMT" (RFC 9110, 10.2.3), as a span from now_s, the wall clock
// in seconds since 1970; nothing when it is neither. Never negative.
[[nodiscard]] std::optional<std::chrono::seconds> read_retry_after(
    std::string_view text, std::int64_t now_s
);

class retry_state {
public:
    // `seed` decides the jitter.
    retry_state(const retry_policy& how, std::uint64_t seed) noexcept : how_(how), random_(seed) {}

    // How long to wait before the next try; nothing = there is none. `retry_after` as the server
    // wishes. A wait that would end after the deadline is none.
    [[nodiscard]] std::optional<std::chrono::nanoseconds> next(
        std::optional<std::chrono::seconds> retry_after,
        std::int64_t now_ns,
        std::int64_t deadline_ns
    ) noexcept;
    [[nodiscard]] bool repeats(int status) const noexcept;
    [[nodiscard]] int tries() const noexcept { return tries_; }

private:
    const retry_policy& how_;
    std::uint64_t random_;
    int tries_ = 1;
};

}  // namespace qry::http
