// A worker process played by the test: its ends of the sockets, spoken to frame by frame.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <qry/registry/unique_fd.hpp>

#include "supervisor/process.hpp"
#include "wire/batch.hpp"
#include "wire/message.hpp"

namespace fake {

struct frame {
    qry::wire::frame_header header;
    std::vector<std::byte> payload;
    [[nodiscard]] qry::wire::frame_type type() const {
        return static_cast<qry::wire::frame_type>(header.type);
    }
    template <class Message>
    [[nodiscard]] Message as() const {
        auto m = qry::wire::decode<Message>(payload);
        if (!m) throw std::runtime_error(m.error().message);
        return std::move(*m);
    }
};

// One end of a socket; every call fails the test after some seconds.
class peer {
public:
    explicit peer(int fd) : fd_(fd) {}
    // The next frame, which must be of this type. Pings are answered on the way unless `deaf`.
    frame expect(qry::wire::frame_type type);
    // Nothing but pings, which are answered, comes within that time.
    bool silent_for(int milliseconds);
    template <class Message>
    void say(
        qry::wire::frame_type type, std::uint32_t channel, std::uint32_t verb, const Message& m
    ) {
        std::vector<std::byte> payload;
        qry::wire::writer to(payload);
        encode(to, m);
        raw(type, channel, verb, payload);
    }
    void say(qry::wire::frame_type type, std::uint32_t channel, std::uint32_t verb) {
        raw(type, channel, verb, {});
    }
    void raw(
        qry::wire::frame_type type,
        std::uint32_t channel,
        std::uint32_t verb,
        const std::vector<std::byte>& payload
    );
    void bytes(const void* data, std::size_t size);
    // What is said between these arrives in one piece.
    void hold() { held_.emplace(); }
    void let_go();
    void segment(std::uint32_t number, std::uint64_t size, int fd);
    // The host has read all.
    void wait_until_read();
    void hang_up() { fd_ = qry::registry::unique_fd(); }
    bool deaf = false;

private:
    frame read();
    void exactly(std::byte* to, std::size_t size);
    qry::registry::unique_fd fd_;
    std::optional<std::vector<std::byte>> held_;
};

// One process that was started.
struct started {
    peer control{-1};
    std::vector<peer> lanes;
    // Ends the process, as the kernel would report it.
    void die(qry::supervisor::death how);
    // Says over the control lane, as the flight recorder would, that `channel` was inside the
    // plugin.
    void record_flight(int signal, std::uint32_t lane, std::uint32_t channel);
    // Dies once the host has read all that was said on the control lane.
    void die_after_control(qry::supervisor::death how);
    [[nodiscard]] bool killed() const { return shared->killed; }

    struct state {
        std::mutex mutex;
        boost::asio::io_context* home = nullptr;
        qry::callback<void(qry::supervisor::death)> on_end;
        std::atomic<bool> killed{false};
        bool over = false;
    };
    std::shared_ptr<state> shared = std::make_shared<state>();
};

// Starts such processes and hands the test their other ends, in order.
class nursery {
public:
    [[nodiscard]] qry::supervisor::launcher launcher();
    // Fails the test after some seconds.
    std::unique_ptr<started> next();
    // As next, and it says that it is ready.
    std::unique_ptr<started> next_ready(const std::string& version = "1.0.0");
    [[nodiscard]] int launched() const { return shared_->launched; }
    // From now on launching fails.
    void fail(qry::error why);

private:
    struct state {
        std::mutex mutex;
        std::condition_variable there;
        std::deque<std::unique_ptr<started>> made;
        std::atomic<int> launched{0};
        std::optional<qry::error> failure;
    };
    std::shared_ptr<state> shared_ = std::make_shared<state>();
};

// {"n": int64} and rows of it.
[[nodiscard]] qry::wire::head number_head();
[[nodiscard]] std::vector<std::byte> number_batch(const std::vector<std::int64_t>& values);

}  // namespace fake
