#include "flow.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>

namespace qry::test {

namespace {

// What one direction may hold; beyond it the sender feels the back-pressure of a full pipe.
constexpr std::size_t most_held = std::size_t{256} << 10U;

std::uint64_t left(const std::optional<std::uint64_t>& limit, std::uint64_t done) noexcept {
    if (!limit) return std::numeric_limits<std::uint64_t>::max();
    return *limit > done ? *limit - done : 0;
}

}  // namespace

bool flow::swallows() const noexcept {
    return rules_.swallow_after && handed_on_ >= *rules_.swallow_after;
}

bool flow::resets() const noexcept {
    return rules_.reset_after && handed_on_ >= *rules_.reset_after;
}

bool flow::ends() const noexcept {
    return rules_.end_after && handed_on_ >= *rules_.end_after;
}

bool flow::wants_input() const noexcept {
    return !input_ended_ && !over_ && (swallows() || held_ < most_held);
}

std::size_t flow::allowance() const noexcept {
    const piece& first = pieces_.front();
    std::size_t most = first.bytes.size() - offset_;
    if (rules_.slice != 0) most = std::min(most, rules_.slice);
    // A limit is kept in small steps: a fiftieth of a second's bytes at a time.
    if (rules_.bytes_per_second != 0) {
        most =
            std::min<std::size_t>(most, std::max<std::uint64_t>(1, rules_.bytes_per_second / 50));
    }
    for (const auto& limit : {rules_.reset_after, rules_.swallow_after, rules_.end_after}) {
        most = static_cast<std::size_t>(std::min<std::uint64_t>(most, left(limit, handed_on_)));
    }
    return most;
}

flow::outcome flow::read_some(proxy_time now) {
    std::array<char, 16384> buffer;
    const ssize_t got = ::recv(from_, buffer.data(), buffer.size(), 0);
    if (got < 0) return errno == EAGAIN || errno == EINTR ? outcome::none : outcome::broken;
    if (got == 0) return outcome::ended;
    if (swallows() || ends()) return outcome::some;
    pieces_.push_back({now, std::string(buffer.data(), static_cast<std::size_t>(got))});
    held_ += static_cast<std::size_t>(got);
    return outcome::some;
}

flow::outcome flow::write_some(proxy_time now) {
    const piece& first = pieces_.front();
    const ssize_t sent =
        ::send(to_, first.bytes.data() + offset_, allowance(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) {
        blocked_ = errno == EAGAIN || errno == EINTR;
        return blocked_ ? outcome::none : outcome::broken;
    }
    const auto count = static_cast<std::size_t>(sent);
    handed_on_ += count;
    offset_ += count;
    held_ -= count;
    if (rules_.bytes_per_second != 0) {
        const std::chrono::nanoseconds pause(1'000'000'000ULL * count / rules_.bytes_per_second);
        next_write_ = std::max(next_write_, now - std::chrono::milliseconds(40)) + pause;
    }
    if (offset_ == first.bytes.size()) {
        pieces_.pop_front();
        offset_ = 0;
    }
    return outcome::some;
}

proxy_time flow::due() const noexcept {
    if (over_ || pieces_.empty() || blocked_) return proxy_time::max();
    return std::max(pieces_.front().read_at + rules_.latency, next_write_);
}

void flow::hand_on_end() noexcept {
    ::shutdown(to_, SHUT_WR);
    over_ = true;
}

flow_step flow::pump(proxy_time now) {
    if (over_) return flow_step::over;
    while (wants_input()) {
        const outcome got = read_some(now);
        if (got == outcome::none) break;
        if (got == outcome::broken && !swallows()) return flow_step::reset;
        if (got != outcome::some) input_ended_ = true;
    }
    blocked_ = false;
    std::size_t written = 0;
    for (;;) {
        if (resets()) return flow_step::reset;
        if (swallows()) {
            pieces_.clear();
            held_ = offset_ = 0;
            // The receiver is never told.
            if (input_ended_) over_ = true;
            return over_ ? flow_step::over : flow_step::idle;
        }
        if (ends()) {
            hand_on_end();
            return flow_step::over;
        }
        if (pieces_.empty()) break;
        // One slice a turn, so that the receiver has a chance to read it by itself.
        if (due() > now || (rules_.slice != 0 && written >= rules_.slice)) return flow_step::idle;
        const std::uint64_t before = handed_on_;
        const outcome put = write_some(now);
        if (put == outcome::broken) return flow_step::reset;
        if (put == outcome::none) return flow_step::idle;
        written += static_cast<std::size_t>(handed_on_ - before);
    }
    if (!input_ended_) return flow_step::idle;
    hand_on_end();
    return flow_step::over;
}

}  // namespace qry::test
