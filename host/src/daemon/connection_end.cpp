// How a client goes, and what of it must stay for a while.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "base/clock.hpp"
#include "daemon/connection.hpp"

namespace qry::daemon {

namespace asio = boost::asio;

// A child that the client forked may hold the socket open after the client is gone: the process
// itself is watched, where the system tells which one it is.
void connection::watch_process() {
    if (pid_ <= 0) return;
    const int fd = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
    if (fd < 0) return;
    boost::system::error_code failed;
    process_.assign(fd, failed);
    if (failed) {
        ::close(fd);
        return;
    }
    process_.async_wait(
        asio::posix::descriptor_base::wait_read,
        [weak = weak_from_this()](boost::system::error_code aborted) {
            const auto self = weak.lock();
            if (!self || aborted) return;
            self->lane_->close();
            self->gone();
        }
    );
}

void connection::abandon(const error& why) {
    const auto calls = calls_;
    for (const auto& [number, c] : calls) {
        const operation_ptr work = c->work;
        fail(c, why);
        if (work) work->cancel();
    }
}

void connection::drop_calls() {
    const auto calls = std::exchange(calls_, {});
    for (const auto& [number, c] : calls) {
        c->over = true;
        if (c->work) c->work->cancel();
        c->work.reset();
        // Letting go of a result that is not at its end cancels its query.
        c->rows.reset();
    }
}

void connection::retire() {
    if (retired_) return;
    retired_ = true;
    if (too_slow_ && hub_->limiter.ask(base::now_ns()).allowed) {
        base::write_log(
            base::log_level::warn,
            "daemon",
            name() + " was disconnected: more than " + std::to_string(most_queued >> 20) +
                " MiB wait to be read by it"
        );
    }
    drop_calls();
    if (lent_.empty()) {
        lane_->close();
        return gone();
    }
    const int copy = ::fcntl(socket_, F_DUPFD_CLOEXEC, 0);
    lane_->close();
    boost::system::error_code failed;
    if (copy >= 0) end_.assign(copy, failed);
    if (copy < 0 || failed) return gone();
    ::shutdown(copy, SHUT_WR);
    wait_for_end();
}

void connection::wait_for_end() {
    end_.async_wait(
        asio::posix::descriptor_base::wait_read,
        [weak = weak_from_this()](boost::system::error_code failed) {
            const auto self = weak.lock();
            if (!self || failed) return;
            std::array<std::byte, 4096> ignored;
            const ssize_t size =
                ::recv(self->end_.native_handle(), ignored.data(), ignored.size(), MSG_DONTWAIT);
            const bool later = size > 0 || (size < 0 && (errno == EAGAIN || errno == EINTR));
            if (later) return self->wait_for_end();
            self->gone();
        }
    );
}

void connection::broken(const error& why) {
    if (retired_) return;
    // A program that ends is no news.
    if (why.kind != status::plugin_crashed && hub_->limiter.ask(base::now_ns()).allowed) {
        base::write_log(
            base::log_level::warn, "daemon", name() + " was disconnected: " + why.message
        );
    }
    lane_->close();
    gone();
}

void connection::gone() {
    retired_ = true;
    drop_calls();
    greeting_limit_.cancel();
    pump_again_.cancel();
    boost::system::error_code ignored;
    if (process_.is_open()) process_.close(ignored);
    if (end_.is_open()) end_.close(ignored);
    for (auto& [id, batch] : lent_)
        free_loan(batch);
    lent_.clear();
    if (!on_gone_) return;
    --hub_->clients;
    auto last = std::exchange(on_gone_, nullptr);
    last();
}

}  // namespace qry::daemon
