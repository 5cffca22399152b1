// The host's end of a lane, for tests: what comes is kept until it is asked for.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>

#include <sys/socket.h>

#include <catch2/catch.hpp>
#include <qry/registry/unique_fd.hpp>

#include "wire/lane.hpp"
#include "wire/message.hpp"

namespace host_end {

using qry::registry::unique_fd;

struct frame {
    qry::wire::frame_header header;
    std::vector<std::byte> payload;
    unique_fd descriptor;
    [[nodiscard]] qry::wire::frame_type type() const {
        return static_cast<qry::wire::frame_type>(header.type);
    }
};

inline std::pair<unique_fd, unique_fd> socket_pair() {
    int ends[2] = {-1, -1};
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0);
    return {unique_fd(ends[0]), unique_fd(ends[1])};
}

class peer {
public:
    peer(boost::asio::io_context& loop, unique_fd socket)
        : loop_(loop), lane_(qry::wire::lane::make(loop, std::move(socket))) {
        lane_->start(
            {.on_frame =
                 [this](qry::wire::incoming& in) {
                     frames_.push_back(
                         {in.header,
                          {in.payload.begin(), in.payload.end()},
                          std::move(in.descriptor)}
                     );
                     return qry::result<void>();
                 },
             .on_broken = [this](qry::error why) { broken_ = std::move(why); }}
        );
    }
    ~peer() { lane_->close(); }

    [[nodiscard]] qry::wire::lane& lane() { return *lane_; }
    // Runs the loop until `done`; fails the test after ten seconds.
    template <class Done>
    void run_until(Done done) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (!done()) {
            REQUIRE(std::chrono::steady_clock::now() < end);
            loop_.run_one_for(std::chrono::milliseconds(50));
            loop_.restart();
        }
    }
    // Runs what is at hand.
    void settle() {
        while (loop_.poll() != 0)
            loop_.restart();
        loop_.restart();
    }
    // The next frame, which must be of this type.
    frame expect(qry::wire::frame_type type) {
        run_until([this] { return !frames_.empty() || broken_; });
        REQUIRE_FALSE(frames_.empty());
        frame first = std::move(frames_.front());
        frames_.pop_front();
        INFO("frame " << first.header.type);
        REQUIRE(first.type() == type);
        return first;
    }
    template <class Message>
    Message expect(qry::wire::frame_type type) {
        const frame got = expect(type);
        auto made = qry::wire::decode<Message>(got.payload);
        REQUIRE(made.has_value());
        return std::move(*made);
    }
    [[nodiscard]] bool quiet() {
        settle();
        return frames_.empty();
    }
    [[nodiscard]] const std::optional<qry::error>& broken() const { return broken_; }
    [[nodiscard]] bool has_frames() const { return !frames_.empty(); }
    [[nodiscard]] qry::wire::frame_type first_type() const { return frames_.front().type(); }
    void hang_up() { lane_->close(); }

    void connect(std::uint32_t channel, bool test = false) {
        qry::wire::connect what;
        what.test = test;
        what.remaining_ns = 10'000'000'000;
        what.query_id = "q";
        what.params = params;
        lane_->send(qry::wire::frame_type::connect, channel, 1, what);
    }
    void execute(std::uint32_t channel, std::uint32_t verb, std::uint32_t credit, std::string sql) {
        qry::wire::execute what;
        what.remaining_ns = 10'000'000'000;
        what.credit = credit;
        what.query_id = "q";
        what.sql = std::move(sql);
        lane_->send(qry::wire::frame_type::execute, channel, verb, what);
    }
    void timed(qry::wire::frame_type type, std::uint32_t channel, std::uint32_t verb) {
        lane_->send(type, channel, verb, qry::wire::timed{.remaining_ns = 10'000'000'000});
    }
    std::map<std::string, std::string> params;

private:
    boost::asio::io_context& loop_;
    const std::shared_ptr<qry::wire::lane> lane_;
    std::deque<frame> frames_;
    std::optional<qry::error> broken_;
};

}  // namespace host_end
