// The steps between an address and a connection that can be talked over: TCP, the question whether
// the server speaks TLS, and its handshake. All on the loop.
#pragma once

#include <unistd.h>

#include <cstdint>
#include <utility>

#include <qry/loop.hpp>
#include <qry/result.hpp>
#include <qry/task.hpp>

#include "resolve.hpp"

struct ssl_st;

namespace qry::postgresql {

class unique_socket {
public:
    unique_socket() noexcept = default;
    explicit unique_socket(int fd) noexcept : fd_(fd) {}
    unique_socket(unique_socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    unique_socket& operator=(unique_socket&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~unique_socket() {
        if (fd_ >= 0) ::close(fd_);
    }
    [[nodiscard]] int get() const noexcept { return fd_; }

private:
    int fd_ = -1;
};

// The loop watches as many descriptors as it can.
[[nodiscard]] error cannot_watch();

// Not blocking, TCP_NODELAY. Not watched when this ends. The error says what the system said, or
// that it was stopped.
[[nodiscard]] task<result<unique_socket>> connect_tcp(
    waiter& place, const endpoint& where, std::int64_t until_ns
);

// SSLRequest; true = the server goes on in TLS. `place` watches the socket.
[[nodiscard]] task<result<bool>> ask_for_tls(waiter& place, int socket, std::int64_t until_ns);

// With a socket that `place` watches and what is to be verified set. The error has the reason that
// the certificate was refused for.
[[nodiscard]] task<result<void>> shake_hands(
    waiter& place, ssl_st* tls, int socket, std::int64_t until_ns
);

}  // namespace qry::postgresql
