#include "cancel.hpp"

#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <exception>
#include <memory>
#include <utility>

#include <qry/clock.hpp>

#include "handshake.hpp"
#include "protocol.hpp"
#include "transport.hpp"

namespace qry::postgresql {

namespace {

constexpr std::int64_t first_pause = 20'000'000;
constexpr std::int64_t longest_pause = 640'000'000;
// A server that does not even take a cancel connection in this time is not going to.
constexpr std::int64_t attempt_limit = 1'000'000'000;
constexpr std::int32_t cancel_code = 80877102;

struct free_tls {
    void operator()(SSL* s) const noexcept { SSL_free(s); }
};

std::uint32_t events_of(io_state s) {
    return s == io_state::wants_write ? QRY_WRITABLE : QRY_READABLE;
}

output_buffer untyped(std::initializer_list<std::int32_t> words) {
    output_buffer out;
    out.begin(0);
    for (const std::int32_t w : words)
        out.put32(w);
    out.end();
    return out;
}

}  // namespace

void canceller::begin() {
    if (running_ || aborted_) return;
    running_ = true;
    stopping_ = false;
    start(
        run(), [] {}, [](const std::exception_ptr&) {}
    );
}

void canceller::stop() noexcept {
    if (!running_ || stopping_) return;
    stopping_ = true;
    if (!committed_) place_.interrupt();
}

void canceller::abort() noexcept {
    aborted_ = true;
    stopping_ = true;
    if (running_) place_.interrupt();
}

task<void> canceller::run() {
    std::int64_t pause = first_pause;
    while (!stopping_) {
        const std::int64_t begun = now_ns();
        try {
            co_await attempt();
        } catch (const std::bad_alloc&) {
            // Memory may be back at the next try.
        }
        committed_ = false;
        place_.unwatch();
        if (stopping_) break;
        (void)co_await place_.sleep_until(begun + pause);
        pause = std::min(pause * 2, longest_pause);
    }
    place_.clear_interrupt();
    running_ = false;
    ended_.interrupt();
}

task<void> canceller::attempt() {
    const std::int64_t until = now_ns() + attempt_limit;
    const unique_socket made(
        ::socket(target_.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)
    );
    const int fd = made.get();
    if (fd < 0) co_return;
    const auto* address = reinterpret_cast<const sockaddr*>(&target_.address);
    const bool connected = ::connect(fd, address, target_.address_size) == 0;
    if (!connected && errno != EINPROGRESS) co_return;
    if (!place_.watch(fd)) co_return;
    if (!connected) {
        const wake why = co_await place_.wait(QRY_WRITABLE, until);
        int failure = 0;
        socklen_t size = sizeof(failure);
        if (why != wake::ready || stopping_ ||
            ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &size) != 0 || failure != 0) {
            place_.unwatch();
            co_return;
        }
    }
    std::unique_ptr<SSL, free_tls> tls;
    if (target_.session_tls != nullptr) {
        tls.reset(SSL_new(SSL_get_SSL_CTX(target_.session_tls)));
        const bool shaken = tls != nullptr && co_await go_secret(fd, tls.get(), until);
        if (!shaken || stopping_) {
            place_.unwatch();
            co_return;
        }
    }
    committed_ = true;
    ++sent_count_;
    const bool seen = co_await deliver(fd, tls.get(), until);
    place_.unwatch();
    if (!seen) stray_ = true;
}

// With the verification of the session.
task<bool> canceller::go_secret(int socket, ssl_st* tls, std::int64_t until) {
    auto offered = co_await ask_for_tls(place_, socket, until);
    if (!offered || !*offered) co_return false;
    SSL_set_verify(tls, SSL_get_verify_mode(target_.session_tls), nullptr);
    auto shaken = co_await shake_hands(place_, tls, socket, until);
    co_return shaken.has_value();
}

// True once the server has closed the connection, which it does after the signal was sent.
task<bool> canceller::deliver(int socket, ssl_st* tls, std::int64_t until) {
    transport link(socket, tls);
    output_buffer request = untyped({cancel_code, target_.key.process_id, target_.key.secret});
    while (!request.empty()) {
        const io_result put = link.write(request.pending());
        if (put.state == io_state::done) {
            request.sent(put.bytes);
            continue;
        }
        if (put.state != io_state::wants_read && put.state != io_state::wants_write) {
            co_return true;
        }
        const wake why = co_await place_.wait(events_of(put.state), until);
        if (why == wake::timeout || aborted_) co_return false;
    }
    std::array<std::uint8_t, 64> rest{};
    for (;;) {
        const io_result got = link.read(rest);
        if (got.state == io_state::closed || got.state == io_state::failed) co_return true;
        if (got.state == io_state::done) continue;
        const wake why = co_await place_.wait(events_of(got.state), until);
        if (why == wake::timeout || aborted_) co_return false;
    }
}

}  // namespace qry::postgresql
