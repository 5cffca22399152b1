#include "wire/lane.hpp"

#include <fcntl.h>

#include <cerrno>
#include <cstring>
#include <exception>
#include <optional>
#include <utility>

#include <boost/asio/posix/stream_descriptor.hpp>

#include "base/post.hpp"
#include "wire/inbox.hpp"
#include "wire/outbox.hpp"

namespace qry::wire {

namespace {

namespace asio = boost::asio;

// After so many reads others on this loop have their turn.
constexpr int most_reads = 16;

error protocol_error(std::string why) {
    return {.kind = status::plugin_error, .message = std::move(why), .from = origin::host};
}

error lost(std::string how) {
    return {
        .kind = status::plugin_crashed,
        .message = "the process at the other end " + std::move(how),
        .hint = "it ended or was killed; its own log says why",
        .from = origin::host};
}

error refused(const char* call) {
    return lost(std::string("cannot be reached: ") + call + ": " + std::strerror(errno));
}

class socket_lane final : public lane {
public:
    socket_lane(asio::io_context& loop, registry::unique_fd socket, const vocabulary& words)
        : loop_(loop), words_(words), socket_(loop), fd_(socket.get()), in_(words), out_(words) {
        boost::system::error_code failed;
        socket_.assign(fd_, failed);
        if (failed) {
            failure_ = protocol_error("the lane's socket cannot be watched: " + failed.message());
        } else {
            // Owned by socket_ from here on.
            static_cast<void>(socket.release());
        }
    }

    void start(events to) override {
        events_ = std::move(to);
        if (failure_) return report_later();
        wait_read();
    }

    void send_descriptor(const segment& m, int fd) override {
        const std::size_t mark = begin();
        writer to(buffer());
        encode(to, m);
        registry::unique_fd copy(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
        if (copy.get() < 0) return fail_later(refused("fcntl"));
        if (!open()) return;
        if (!out_.end(mark, header_of(frame_type::segment), std::move(copy))) return;
        queued_frame();
    }

    [[nodiscard]] std::size_t begin() override { return out_.begin(); }
    [[nodiscard]] std::vector<std::byte>& buffer() noexcept override { return out_.buffer(); }
    void end(std::size_t mark, frame_header header) override {
        if (!open()) return out_.clear();
        if (out_.end(mark, header)) return queued_frame();
        fail_later(too_large(header));
    }

    void end(std::size_t mark, frame_header header, registry::unique_fd with) override {
        if (!open()) return out_.clear();
        if (out_.end(mark, header, std::move(with))) return queued_frame();
        fail_later(too_large(header));
    }

    void flush() override {
        if (!open() || write_waits_) return;
        switch (out_.write(fd_)) {
            case outbox::wrote::all:
                return;
            case outbox::wrote::blocked:
                return wait_write();
            case outbox::wrote::broken:
                return fail_later(refused("sendmsg"));
        }
    }

    [[nodiscard]] std::size_t queued() const noexcept override { return out_.queued(); }

    void take_rest() override {
        if (open() && !delivering_) static_cast<void>(read());
    }

    void close() noexcept override {
        if (closed_) return;
        // What is queued may be a farewell; what the socket does not take at once is dropped.
        if (open()) static_cast<void>(out_.write(fd_));
        shut();
        let_go();
    }

    [[nodiscard]] asio::io_context& loop() noexcept override { return loop_; }

private:
    static frame_header header_of(frame_type type) noexcept {
        return {.type = static_cast<std::uint16_t>(type)};
    }
    [[nodiscard]] bool open() const noexcept { return !closed_ && !failure_; }
    [[nodiscard]] error too_large(const frame_header& header) const {
        return protocol_error(
            "frame " + std::string(words_.name(header.type)) + " is larger than the " +
            std::to_string(max_payload) + " bytes a frame may have"
        );
    }

    // Frames sent while others are delivered go out when all have been.
    void queued_frame() {
        if (delivering_ || write_waits_ || flush_posted_) return;
        flush_posted_ = true;
        base::post(loop_, [self = shared()] {
            self->flush_posted_ = false;
            self->flush();
        });
    }

    void wait_read() {
        socket_.async_wait(
            asio::posix::descriptor_base::wait_read,
            [weak = weak()](const boost::system::error_code& failed) {
                if (failed == asio::error::operation_aborted) return;
                if (const auto self = weak.lock()) self->readable();
            }
        );
    }

    void wait_write() {
        write_waits_ = true;
        socket_.async_wait(
            asio::posix::descriptor_base::wait_write,
            [weak = weak()](const boost::system::error_code& failed) {
                if (failed == asio::error::operation_aborted) return;
                const auto self = weak.lock();
                if (!self) return;
                self->write_waits_ = false;
                self->flush();
            }
        );
    }

    void readable() {
        if (!open()) return;
        if (auto why = read()) return report(std::move(*why));
        if (open()) wait_read();
    }

    // Reads and delivers until the socket is empty. Gives what ended the lane, if anything did.
    std::optional<error> read() {
        for (int i = 0; i != most_reads; ++i) {
            const auto got = in_.read(fd_);
            if (got == inbox::got::nothing) break;
            if (got == inbox::got::failed) return refused("recvmsg");
            if (got == inbox::got::hung_up) {
                const std::string rest = in_.unfinished();
                return lost(rest.empty() ? "hung up" : "hung up after " + rest);
            }
            delivering_ = true;
            auto why = deliver();
            delivering_ = false;
            if (closed_) {
                let_go();
                return {};
            }
            if (why) return why;
            flush();
            if (got == inbox::got::drained) break;
        }
        return {};
    }

    std::optional<error> deliver() {
        for (;;) {
            incoming frame;
            auto found = in_.next(frame);
            if (!found) return std::move(found).error();
            if (!*found) return {};
            auto taken = give(frame);
            in_.finish();
            if (closed_) return {};
            if (!taken) return std::move(taken).error();
        }
    }

    result<void> give(incoming& frame) {
        // Past here it would end the reading without a word.
        try {
            return events_.on_frame(frame);
        } catch (const std::exception& e) {
            return protocol_error(
                "frame " + std::string(words_.name(frame.header.type)) + " threw: " + e.what()
            );
        }
    }

    // Never from inside a call of the owner. What came before the end is delivered first.
    void fail_later(error why) {
        if (!open()) return;
        out_.clear();
        failure_ = std::move(why);
        report_later();
    }

    void report_later() {
        base::post(loop_, [self = shared()] {
            // Not started: start() comes back to it.
            if (self->closed_ || !self->events_.on_frame) return;
            if (self->socket_.is_open()) {
                auto earlier = self->read();
                if (earlier) self->failure_ = std::move(*earlier);
            }
            if (!self->closed_) self->report(std::move(*self->failure_));
        });
    }

    void report(error why) {
        shut();
        auto last = std::exchange(events_, {});
        if (last.on_broken) last.on_broken(std::move(why));
    }

    void shut() noexcept {
        closed_ = true;
        out_.clear();
        boost::system::error_code ignored;
        if (socket_.is_open()) socket_.close(ignored);
    }

    // Not while one of the callbacks runs.
    void let_go() noexcept {
        if (!delivering_) events_ = {};
    }

    std::shared_ptr<socket_lane> shared() {
        return std::static_pointer_cast<socket_lane>(shared_from_this());
    }
    std::weak_ptr<socket_lane> weak() { return shared(); }

    asio::io_context& loop_;
    const vocabulary& words_;
    asio::posix::stream_descriptor socket_;
    const int fd_;
    events events_;
    inbox in_;
    outbox out_;
    // Set between the failure and its report.
    std::optional<error> failure_;
    bool closed_ = false;
    bool delivering_ = false;
    bool flush_posted_ = false;
    bool write_waits_ = false;
};

}  // namespace

std::shared_ptr<lane> lane::make(
    asio::io_context& loop, registry::unique_fd socket, const vocabulary& words
) {
    return std::make_shared<socket_lane>(loop, std::move(socket), words);
}

}  // namespace qry::wire
