// One direction of a proxied connection: what was read, when each piece may go, and what the rules
// make of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <string>

#include "fault_proxy.hpp"

namespace qry::test {

using proxy_time = std::chrono::steady_clock::time_point;

enum class flow_step {
    // Nothing to do before the time that due() says, or before a socket is ready.
    idle,
    // A rule or a peer resets the connection.
    reset,
    // This direction is over, its end handed on or swallowed.
    over,
};

// Not thread-safe; the descriptors are borrowed and non-blocking.
class flow {
public:
    flow(int from, int to, const flow_rules& rules) : from_(from), to_(to), rules_(rules) {}

    void set(const flow_rules& rules) noexcept { rules_ = rules; }
    // Reads what is there and hands on what is due.
    [[nodiscard]] flow_step pump(proxy_time now);
    [[nodiscard]] bool over() const noexcept { return over_; }
    // Whether more may be read, and whether something due waits for the receiver's socket.
    [[nodiscard]] bool wants_input() const noexcept;
    [[nodiscard]] bool wants_output() const noexcept { return blocked_; }
    // When pump has something to do without a socket being ready; max() = never.
    [[nodiscard]] proxy_time due() const noexcept;
    [[nodiscard]] std::uint64_t handed_on() const noexcept { return handed_on_; }

private:
    struct piece {
        proxy_time read_at;
        std::string bytes;
    };
    enum class outcome { some, none, ended, broken };

    outcome read_some(proxy_time now);
    outcome write_some(proxy_time now);
    [[nodiscard]] bool swallows() const noexcept;
    [[nodiscard]] bool resets() const noexcept;
    [[nodiscard]] bool ends() const noexcept;
    // How many bytes the rules let go in one piece now.
    [[nodiscard]] std::size_t allowance() const noexcept;
    void hand_on_end() noexcept;

    int from_;
    int to_;
    flow_rules rules_;
    std::deque<piece> pieces_;
    std::size_t offset_ = 0;
    std::size_t held_ = 0;
    std::uint64_t handed_on_ = 0;
    // The bandwidth limit: not before.
    proxy_time next_write_{};
    bool input_ended_ = false;
    bool blocked_ = false;
    bool over_ = false;
};

}  // namespace qry::test
