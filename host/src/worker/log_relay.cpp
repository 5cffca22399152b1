#include "worker/log_relay.hpp"

#include <chrono>
#include <string>
#include <utility>

#include "base/post.hpp"

namespace qry::worker {

void log_relay::take(
    base::log_level level, std::string_view source, std::string_view text
) noexcept {
    try {
        wire::log_line line{
            .level = static_cast<std::int32_t>(level),
            .source = std::string(source),
            .text = std::string(text)};
        {
            const std::lock_guard lock(mutex_);
            lines_.push(std::move(line));
            if (std::exchange(posted_, true)) return;
        }
        base::post(loop_, [this] { send(); });
    } catch (...) {
        // No memory for the line.
    }
}

void log_relay::send() {
    const std::lock_guard lock(mutex_);
    posted_ = false;
    if (const std::uint64_t dropped = lines_.take_dropped(); dropped != 0) {
        lane_->send(
            wire::frame_type::log_line,
            0,
            0,
            wire::log_line{
                .level = static_cast<std::int32_t>(base::log_level::warn),
                .source = "worker",
                .text = std::to_string(dropped) + " lines were dropped: they came too fast"}
        );
    }
    while (lane_->queued() < most_queued) {
        auto line = lines_.pop();
        if (!line) return;
        lane_->send(wire::frame_type::log_line, 0, 0, *line);
    }
    posted_ = true;
    retry_.expires_after(std::chrono::milliseconds(50));
    retry_.async_wait([this](const boost::system::error_code& failed) {
        if (!failed) send();
    });
}

}  // namespace qry::worker
