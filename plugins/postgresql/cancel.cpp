#include "cancel.hpp"

#include <fcntl.h>
#include <openssl/ssl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <exception>
#include <memory>
#include <utility>

#include <qry/clock.hpp>

#include "protocol.hpp"
#include "transport.hpp"

namespace qry::postgresql {

namespace {

constexpr std::int64_t first_pause = 20'000'000;
constexpr std::int64_t longest_pause = 640'000'000;
// A server that does not even take a cancel connection in this time is not going to.
constexpr std::int64_t attempt_limit = 1'000'000'000;
constexpr std::int32_t cancel_code = 80877102;
constexpr std::int32_t tls_code = 80877103;

struct close_socket {
    int fd;
    ~close_socket() {
        if (fd >= 0) ::close(fd);
    }
};
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
    const int fd =
        ::socket(target_.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) co_return;
    const close_socket guard{fd};
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
        const bool shaken = tls != nullptr && co_await shake_hands(fd, tls.get(), until);
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

// SSLRequest, one byte of answer, then TLS with the verification of the session.
task<bool> canceller::shake_hands(int socket, ssl_st* tls, std::int64_t until) {
    transport plain(socket, nullptr);
    const output_buffer request = untyped({tls_code});
    // Eight bytes into an empty socket always fit.
    if (plain.write(request.pending()).state != io_state::done) co_return false;
    std::array<std::uint8_t, 1> answer{};
    for (;;) {
        const io_result got = plain.read(answer);
        if (got.state == io_state::done) break;
        if (got.state != io_state::wants_read) co_return false;
        if (co_await place_.wait(QRY_READABLE, until) != wake::ready) co_return false;
    }
    if (answer[0] != 'S' || SSL_set_fd(tls, socket) != 1) co_return false;
    SSL_set_verify(tls, SSL_get_verify_mode(target_.session_tls), nullptr);
    for (;;) {
        const int returned = SSL_connect(tls);
        if (returned == 1) co_return true;
        const int why = SSL_get_error(tls, returned);
        if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) {
            (void)tls_failure_text();
            co_return false;
        }
        const std::uint32_t events = why == SSL_ERROR_WANT_WRITE ? QRY_WRITABLE : QRY_READABLE;
        if (co_await place_.wait(events, until) != wake::ready) co_return false;
    }
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
