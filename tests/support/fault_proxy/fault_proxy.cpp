#include "fault_proxy.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <list>
#include <mutex>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

#include "flow.hpp"

namespace qry::test {

namespace {

class descriptor {
public:
    explicit descriptor(int fd = -1) noexcept : fd_(fd) {}
    descriptor(descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    descriptor& operator=(descriptor&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    [[nodiscard]] int get() const noexcept { return fd_; }
    [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }

private:
    int fd_;
};

[[noreturn]] void fail(const char* what) {
    throw std::runtime_error(
        std::string("fault proxy: ") + what + ": " + std::generic_category().message(errno)
    );
}

int checked(int outcome, const char* what) {
    if (outcome < 0) fail(what);
    return outcome;
}

sockaddr_in address_of(const std::string& address, int port) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(static_cast<std::uint16_t>(port));
    if (::inet_pton(AF_INET, address.c_str(), &at.sin_addr) != 1) {
        throw std::runtime_error("fault proxy: '" + address + "' is no IPv4 address");
    }
    return at;
}

// Every slice is to be a packet.
void send_at_once(int fd) noexcept {
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

// Makes a reset of the close to come.
void close_hard(int fd) noexcept {
    const linger none{1, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
}

// A client, its server, and the two ways between them.
struct connection {
    connection(descriptor c, descriptor s, const fault_rules& rules)
        : client(std::move(c)),
          server(std::move(s)),
          to_server(client.get(), server.get(), rules.to_server),
          to_client(server.get(), client.get(), rules.to_client),
          silent(server.get() < 0) {}

    void reset() noexcept {
        close_hard(client.get());
        if (!silent) close_hard(server.get());
    }

    descriptor client;
    descriptor server;
    flow to_server;
    flow to_client;
    bool silent;
    // Hung up for good: epoll would report it for ever.
    bool client_gone = false;
    bool server_gone = false;
    // Of those counted so far.
    std::uint64_t counted_to_server = 0;
    std::uint64_t counted_to_client = 0;
};

}  // namespace

class fault_proxy::engine {
public:
    engine(int server_port, const std::string& server_address)
        : server_(address_of(server_address, server_port)),
          poll_(checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
          wake_(checked(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")),
          alarm_(checked(
              ::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK), "timerfd_create"
          )),
          door_(checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket")
          ) {
        sockaddr_in here = address_of("127.0.0.1", 0);
        socklen_t size = sizeof(here);
        auto* at = reinterpret_cast<sockaddr*>(&here);
        checked(::bind(door_.get(), at, size), "bind");
        checked(::listen(door_.get(), 512), "listen");
        checked(::getsockname(door_.get(), at, &size), "getsockname");
        port_ = ntohs(here.sin_port);
        for (const int fd : {wake_.get(), alarm_.get(), door_.get()})
            watch(fd, EPOLLIN, EPOLL_CTL_ADD);
        thread_ = std::thread([this] { run(); });
    }

    ~engine() {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        wake();
        thread_.join();
    }

    [[nodiscard]] int port() const noexcept { return port_; }

    void set(const fault_rules& rules) {
        const std::lock_guard lock(mutex_);
        rules_ = rules;
        next_.reset();
        for (connection& c : connections_) {
            c.to_server.set(rules.to_server);
            c.to_client.set(rules.to_client);
        }
        wake();
    }

    void set_next(const fault_rules& rules) {
        const std::lock_guard lock(mutex_);
        next_ = rules;
    }

    void drop() {
        const std::lock_guard lock(mutex_);
        for (connection& c : connections_)
            c.reset();
        connections_.clear();
        counts_.open = 0;
        changed_.notify_all();
    }

    [[nodiscard]] proxy_counts counts() const {
        const std::lock_guard lock(mutex_);
        return counts_;
    }

    [[nodiscard]] bool wait(
        const std::function<bool(const proxy_counts&)>& enough, std::chrono::nanoseconds patience
    ) const {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, patience, [&] { return enough(counts_); });
    }

private:
    void wake() const noexcept {
        const std::uint64_t one = 1;
        [[maybe_unused]] const ssize_t full_is_fine = ::write(wake_.get(), &one, sizeof(one));
    }

    void watch(int fd, std::uint32_t events, int how) noexcept {
        epoll_event event{};
        event.events = events;
        event.data.fd = fd;
        ::epoll_ctl(poll_.get(), how, fd, &event);
    }

    void run() {
        for (;;) {
            std::array<epoll_event, 64> ready;
            const int count = ::epoll_wait(poll_.get(), ready.data(), ready.size(), -1);
            const std::lock_guard lock(mutex_);
            if (stopping_) {
                connections_.clear();
                return;
            }
            for (int i = 0; i < count; ++i)
                look_at(ready[static_cast<std::size_t>(i)]);
            // Last: a new descriptor may have the number of one that an event was about.
            accept_all();
            pump_all();
            changed_.notify_all();
        }
    }

    void look_at(const epoll_event& event) {
        std::uint64_t ignored = 0;
        if (event.data.fd == wake_.get() || event.data.fd == alarm_.get()) {
            [[maybe_unused]] const ssize_t n = ::read(event.data.fd, &ignored, sizeof(ignored));
        } else if ((event.events & (EPOLLHUP | EPOLLERR)) != 0) {
            note_hang_up(event.data.fd);
        }
    }

    void note_hang_up(int fd) {
        for (connection& c : connections_) {
            if (c.client.get() == fd) c.client_gone = true;
            if (c.server.get() == fd) c.server_gone = true;
        }
        // pump() reads what is left, and meets the end or the error by itself.
        ::epoll_ctl(poll_.get(), EPOLL_CTL_DEL, fd, nullptr);
    }

    void accept_all() {
        for (;;) {
            descriptor client(::accept4(door_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)
            );
            if (client.get() < 0) return;
            ++counts_.connections;
            const fault_rules rules = next_.value_or(rules_);
            next_.reset();
            send_at_once(client.get());
            descriptor server(rules.silent ? -1 : call_server());
            if (server.get() < 0 && !rules.silent) {
                ++counts_.resets;
                close_hard(client.get());
                continue;
            }
            watch(client.get(), 0, EPOLL_CTL_ADD);
            if (server.get() >= 0) watch(server.get(), 0, EPOLL_CTL_ADD);
            connections_.emplace_back(std::move(client), std::move(server), rules);
            ++counts_.open;
        }
    }

    // A connection on its way; -1 when it is refused at once.
    [[nodiscard]] int call_server() const noexcept {
        descriptor out(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        if (out.get() < 0) return -1;
        send_at_once(out.get());
        const auto* at = reinterpret_cast<const sockaddr*>(&server_);
        if (::connect(out.get(), at, sizeof(server_)) != 0 && errno != EINPROGRESS) return -1;
        return out.release();
    }

    void pump_all() {
        proxy_time due = proxy_time::max();
        for (auto it = connections_.begin(); it != connections_.end();) {
            const auto now = std::chrono::steady_clock::now();
            if (pump(*it, now)) {
                due = std::min({due, it->to_server.due(), it->to_client.due()});
                // What a peer left behind is read without epoll, which would report it for ever.
                if (it->client_gone && it->to_server.wants_input()) due = now;
                if (it->server_gone && it->to_client.wants_input()) due = now;
                ++it;
            } else {
                it = connections_.erase(it);
                --counts_.open;
            }
        }
        set_alarm(due);
    }

    // False once the connection is over: reset, or ended both ways.
    bool pump(connection& c, proxy_time now) {
        if (c.silent) {
            watch(c.client.get(), EPOLLRDHUP, EPOLL_CTL_MOD);
            return !c.client_gone && !has_ended(c.client.get());
        }
        const flow_step there = c.to_server.pump(now);
        // A socket tells its error once: after a reset it would show an orderly end.
        const flow_step back = there == flow_step::reset ? flow_step::reset : c.to_client.pump(now);
        counts_.to_server += c.to_server.handed_on() - c.counted_to_server;
        counts_.to_client += c.to_client.handed_on() - c.counted_to_client;
        c.counted_to_server = c.to_server.handed_on();
        c.counted_to_client = c.to_client.handed_on();
        if (there == flow_step::reset || back == flow_step::reset) {
            ++counts_.resets;
            c.reset();
            return false;
        }
        if (there == flow_step::over && back == flow_step::over) return false;
        if (!c.client_gone) interest(c.client.get(), c.to_server, c.to_client);
        if (!c.server_gone) interest(c.server.get(), c.to_client, c.to_server);
        return true;
    }

    // `out` is read from fd, `in` written to it.
    void interest(int fd, const flow& out, const flow& in) noexcept {
        std::uint32_t events = 0;
        if (out.wants_input()) events |= EPOLLIN;
        if (in.wants_output()) events |= EPOLLOUT;
        watch(fd, events, EPOLL_CTL_MOD);
    }

    // The silent side notices a client that hangs up without reading what it said.
    static bool has_ended(int fd) noexcept {
        tcp_info info{};
        socklen_t size = sizeof(info);
        if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return true;
        return info.tcpi_state != TCP_ESTABLISHED;
    }

    void set_alarm(proxy_time due) noexcept {
        itimerspec when{};
        if (due != proxy_time::max()) {
            // Zero would switch the timer off.
            const auto ns = std::max<std::int64_t>(1, due.time_since_epoch().count());
            when.it_value = {ns / 1'000'000'000, ns % 1'000'000'000};
        }
        ::timerfd_settime(alarm_.get(), TFD_TIMER_ABSTIME, &when, nullptr);
    }

    const sockaddr_in server_;
    const descriptor poll_;
    const descriptor wake_;
    const descriptor alarm_;
    const descriptor door_;
    int port_ = 0;
    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    // Guarded by mutex_
    fault_rules rules_;
    std::optional<fault_rules> next_;
    std::list<connection> connections_;
    proxy_counts counts_;
    bool stopping_ = false;

    std::thread thread_;
};

fault_proxy::fault_proxy(int server_port, const std::string& server_address)
    : engine_(std::make_unique<engine>(server_port, server_address)) {}

fault_proxy::~fault_proxy() = default;

int fault_proxy::port() const noexcept {
    return engine_->port();
}

void fault_proxy::set(const fault_rules& rules) {
    engine_->set(rules);
}

void fault_proxy::set_next(const fault_rules& rules) {
    engine_->set_next(rules);
}

void fault_proxy::drop() {
    engine_->drop();
}

proxy_counts fault_proxy::counts() const {
    return engine_->counts();
}

bool fault_proxy::wait(
    const std::function<bool(const proxy_counts&)>& enough, std::chrono::nanoseconds patience
) const {
    return engine_->wait(enough, patience);
}

}  // namespace qry::test
