// A lane on a loop, and the bare other end of its socket.
#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "wire/lane.hpp"

namespace qry::wire_test {

using fd_pair = std::pair<registry::unique_fd, registry::unique_fd>;
[[nodiscard]] fd_pair socket_pair();

// Runs the loop until `done()`; false when nothing of the kind happened for 20 s.
template <class Done>
[[nodiscard]] bool run_until(boost::asio::io_context& loop, Done done) {
    while (!done()) {
        loop.restart();
        if (loop.run_one_for(std::chrono::seconds(20)) == 0) return false;
    }
    return true;
}

// Header and payload.
[[nodiscard]] std::vector<std::byte> frame(
    wire::frame_type type, std::span<const std::byte> payload, std::uint16_t descriptors = 0
);

// What a lane delivered, and how it ended.
struct record {
    struct one {
        wire::frame_header header;
        std::vector<std::byte> payload;
        bool descriptor = false;
    };
    std::vector<one> frames;
    std::vector<error> broken;
};

struct raw_peer {
    raw_peer();
    // Records all of it.
    void start();
    void start(wire::lane::events to) { lane->start(std::move(to)); }
    [[nodiscard]] wire::lane::events recording();

    // Writes all; the lane's loop runs while the socket is full.
    void write(std::span<const std::byte> bytes);
    // With so many descriptors of a pipe's end, all in one call.
    void write_with_descriptors(std::span<const std::byte> bytes, int count);
    // At most `most` of what has come, without waiting.
    [[nodiscard]] std::vector<std::byte> read(std::size_t most);
    void hang_up() { socket = registry::unique_fd(); }
    // Runs until the lane has ended, and gives the one reason.
    [[nodiscard]] error why_broken();

    boost::asio::io_context loop{1};
    registry::unique_fd socket;
    std::shared_ptr<wire::lane> lane;
    record got;
};

}  // namespace qry::wire_test
