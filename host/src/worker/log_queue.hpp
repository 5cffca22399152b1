// Lines on their way to the host: bounded, the oldest go first. No I/O, no thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

#include "wire/message.hpp"

namespace qry::worker {

// Not thread-safe.
class log_queue {
public:
    static constexpr std::size_t most_lines = 256;

    void push(wire::log_line line) {
        if (lines_.size() == most_lines) {
            lines_.pop_front();
            ++dropped_;
        }
        lines_.push_back(std::move(line));
    }
    [[nodiscard]] std::optional<wire::log_line> pop() {
        if (lines_.empty()) return std::nullopt;
        wire::log_line first = std::move(lines_.front());
        lines_.pop_front();
        return first;
    }
    // Lines that went unsaid since it was asked last.
    [[nodiscard]] std::uint64_t take_dropped() noexcept { return std::exchange(dropped_, 0); }

private:
    std::deque<wire::log_line> lines_;
    std::uint64_t dropped_ = 0;
};

}  // namespace qry::worker
