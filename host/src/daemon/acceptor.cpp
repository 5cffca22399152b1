#include "daemon/acceptor.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <future>
#include <utility>

#include "base/clock.hpp"
#include "base/post.hpp"
#include "daemon/notify.hpp"
#include "daemon/peer.hpp"
#include "wire/segment_keeper.hpp"

namespace qry::daemon {

namespace {

namespace asio = boost::asio;

constexpr std::size_t most_clients = 1024;
// After accept() failed for want of descriptors or memory.
constexpr auto accept_pause = std::chrono::milliseconds(100);
// Between two looks at whether the last call is over.
constexpr auto drain_step = std::chrono::milliseconds(10);
// For the host to close, once everything was cancelled.
constexpr auto closing_patience = std::chrono::milliseconds(2500);

error stopped_error() {
    return {
        .kind = status::closed,
        .message = "the daemon stopped before this had ended",
        .hint = "try again once it is back: qry-host serve",
        .from = origin::host,
        .retryable = true};
}

class acceptor : public std::enable_shared_from_this<acceptor> {
public:
    acceptor(listener door, hub_ptr of, duration drain)
        : hub_(std::move(of)),
          drain_(drain),
          address_("unix:" + door.path()),
          door_(std::move(door)),
          incoming_(hub_->loop()),
          timer_(hub_->loop()) {}

    [[nodiscard]] const std::string& address() const noexcept { return address_; }

    void start() {
        hub_->on_loop([self = shared_from_this()] {
            boost::system::error_code failed;
            self->incoming_.assign(::dup(self->door_.get()), failed);
            self->keeper_ = wire::segment_keeper::start(self->hub_->loop(), self->hub_->memory);
            self->wait_for_client();
        });
    }

    void stop(completion<void> done) {
        auto held = std::make_shared<completion<void>>(std::move(done));
        hub_->on_loop([self = shared_from_this(), held] {
            notify_manager("STOPPING=1");
            self->hub_->stopping = true;
            boost::system::error_code ignored;
            if (self->incoming_.is_open()) self->incoming_.close(ignored);
            self->door_.remove();
            self->drain_until_ = std::chrono::steady_clock::now() + self->drain_;
            self->drain(held);
        });
    }

    // Nothing runs on the loop, or waits for it, when this returns.
    void end() {
        // Handlers that were cancelled still refer to this; and they may have left others behind.
        for (int i = 0; i < 2; ++i) {
            auto promise = std::make_shared<std::promise<void>>();
            auto passed = promise->get_future();
            base::post(hub_->loop(), [promise] { promise->set_value(); });
            passed.wait_for(closing_patience);
        }
        hub_->loops.stop();
        door_.remove();
    }

private:
    using ending = std::shared_ptr<completion<void>>;

    void wait_for_client() {
        incoming_.async_wait(
            asio::posix::descriptor_base::wait_read,
            [weak = weak_from_this()](boost::system::error_code failed) {
                const auto self = weak.lock();
                if (self && !failed) self->accept_all();
            }
        );
    }

    void accept_all() {
        for (;;) {
            registry::unique_fd client(
                ::accept4(incoming_.native_handle(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)
            );
            if (client.get() >= 0) {
                take_in(std::move(client));
            } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
                return wait_for_client();
            } else if (errno != EINTR && errno != ECONNABORTED) {
                return accept_later(errno);
            }
        }
    }

    void accept_later(int why) {
        if (hub_->limiter.ask(base::now_ns()).allowed) {
            base::write_log(
                base::log_level::error,
                "daemon",
                std::string("a client cannot be taken in: ") + std::strerror(why)
            );
        }
        timer_.expires_after(accept_pause);
        timer_.async_wait([weak = weak_from_this()](boost::system::error_code failed) {
            const auto self = weak.lock();
            if (self && !failed) self->wait_for_client();
        });
    }

    void take_in(registry::unique_fd client) {
        auto who = admit(client.get());
        if (!who) return refuse(std::move(client), std::move(who).error());
        if (clients_.size() >= most_clients) {
            return refuse(
                std::move(client),
                {.kind = status::resource_limit,
                 .message = "the daemon has " + std::to_string(most_clients) + " clients already",
                 .hint = "close some of them, or start another daemon at another path",
                 .from = origin::host,
                 .retryable = true}
            );
        }
        auto made = std::make_shared<connection>(hub_, std::move(client), who->pid);
        made->on_gone([weak = weak_from_this(), one = made.get()] {
            if (const auto self = weak.lock()) self->forget(one);
        });
        clients_.insert(made);
        made->start();
    }

    void refuse(registry::unique_fd client, error why) {
        if (hub_->limiter.ask(base::now_ns()).allowed) {
            base::write_log(base::log_level::warn, "daemon", "refused a client: " + why.message);
        }
        const auto lane = wire::lane::make(hub_->loop(), std::move(client), words);
        const std::size_t mark = lane->begin();
        wire::writer to(lane->buffer());
        static_cast<void>(encode(to, failed{std::move(why)}));
        lane->end(mark, {.type = static_cast<std::uint16_t>(call_type::failed)});
        lane->close();
    }

    void forget(const connection* one) {
        std::erase_if(clients_, [one](const auto& each) { return each.get() == one; });
    }

    [[nodiscard]] bool idle() const {
        for (const auto& each : clients_) {
            if (each->calls() != 0) return false;
        }
        return true;
    }

    void drain(const ending& done) {
        if (idle() || std::chrono::steady_clock::now() >= drain_until_) return close_host(done);
        timer_.expires_after(drain_step);
        timer_.async_wait([self = shared_from_this(), done](boost::system::error_code failed) {
            if (!failed) self->drain(done);
        });
    }

    void close_host(const ending& done) {
        for (const auto& each : clients_)
            each->abandon(stopped_error());
        auto closed = [self = shared_from_this(), done](result<void>) {
            self->hub_->on_loop([self, done] { self->finish(done, {}); });
        };
        timer_.expires_after(closing_patience);
        timer_.async_wait([self = shared_from_this(), done](boost::system::error_code failed) {
            if (failed) return;
            self->finish(
                done,
                error{
                    .kind = status::resource_limit,
                    .message = "sessions did not close in time",
                    .from = origin::host}
            );
        });
        hub_->host->close(std::move(closed));
    }

    void finish(const ending& done, result<void> how) {
        if (!*done) return;
        timer_.cancel();
        for (const auto& each : std::set(clients_))
            each->retire();
        clients_.clear();
        auto last = std::exchange(*done, nullptr);
        last(std::move(how));
    }

    const hub_ptr hub_;
    const duration drain_;
    const std::string address_;
    // On the hub's loop
    listener door_;
    asio::posix::stream_descriptor incoming_;
    asio::steady_timer timer_;
    std::shared_ptr<wire::segment_keeper> keeper_;
    std::set<std::shared_ptr<connection>> clients_;
    std::chrono::steady_clock::time_point drain_until_;
};

// What the program holds: the host goes with it, on the thread that lets go of it.
class running final : public server {
public:
    explicit running(std::shared_ptr<acceptor> what) : what_(std::move(what)) {}
    ~running() override { what_->end(); }
    [[nodiscard]] const std::string& address() const noexcept override { return what_->address(); }
    void stop(completion<void> done) override { what_->stop(std::move(done)); }

private:
    const std::shared_ptr<acceptor> what_;
};

}  // namespace

std::shared_ptr<server> serve(
    listener door, host_ptr of, std::shared_ptr<wire::segment_source> memory, duration drain
) {
    auto shared = std::make_shared<hub>(std::move(of), std::move(memory));
    auto made = std::make_shared<acceptor>(std::move(door), std::move(shared), drain);
    made->start();
    notify_manager("READY=1");
    return std::make_shared<running>(std::move(made));
}

std::uint64_t default_shared_bytes() noexcept {
    const long pages = ::sysconf(_SC_PHYS_PAGES);
    const long size = ::sysconf(_SC_PAGESIZE);
    constexpr std::uint64_t least = 256U << 20;
    if (pages <= 0 || size <= 0) return least;
    const auto all = static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(size);
    return std::max(least, all / 4);
}

}  // namespace qry::daemon
