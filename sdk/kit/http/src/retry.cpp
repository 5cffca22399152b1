#include "retry.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <string>

namespace qry::http {

std::optional<std::chrono::seconds> read_retry_after(std::string_view text, std::int64_t now_s) {
    if (text.empty()) return std::nullopt;
    std::int64_t seconds = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (end != text.data() + text.size() || failure != std::errc()) {
        const auto date = curl_getdate(std::string(text).c_str(), nullptr);
        if (date < 0) return std::nullopt;
        seconds = static_cast<std::int64_t>(date) - now_s;
    }
    constexpr std::int64_t day = 86'400;
    return std::chrono::seconds(std::clamp(seconds, std::int64_t{0}, day));
}

bool retry_state::repeats(int status) const noexcept {
    return std::ranges::find(how_.statuses, status) != how_.statuses.end();
}

std::optional<std::chrono::nanoseconds> retry_state::next(
    std::optional<std::chrono::seconds> retry_after, std::int64_t now_ns, std::int64_t deadline_ns
) noexcept {
    if (how_.max_tries > 0 && tries_ >= how_.max_tries) return std::nullopt;
    std::chrono::nanoseconds wait = how_.first_wait;
    for (int i = 1; i < tries_ && wait < how_.longest_wait; ++i)
        wait *= 2;
    wait = std::min<std::chrono::nanoseconds>(wait, how_.longest_wait);
    // Between half and all of it (xorshift): clients that failed together do not come back so.
    random_ ^= random_ << 13;
    random_ ^= random_ >> 7;
    random_ ^= random_ << 17;
    wait = wait / 2 + wait * static_cast<int>(random_ & 1023) / 2046;
    if (retry_after) wait = *retry_after;
    if (deadline_ns - now_ns <= wait.count()) return std::nullopt;
    ++tries_;
    return wait;
}

}  // namespace qry::http
