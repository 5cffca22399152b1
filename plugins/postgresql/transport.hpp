// Bytes over a connected socket, plain or through TLS, never waiting.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

// OpenSSL's, without its headers.
struct ssl_st;

namespace qry::postgresql {

enum class io_state {
    // `bytes` were moved.
    done,
    // Nothing can be moved until the socket is readable, or writable.
    wants_read,
    wants_write,
    // The other side said goodbye.
    closed,
    // See transport::failure().
    failed,
};

struct io_result {
    io_state state;
    std::size_t bytes = 0;
};

// Borrows both handles. TLS may want to read in order to write and the other way round.
class transport {
public:
    transport() = default;
    // tls: NULL = plain.
    transport(int socket, ssl_st* tls) noexcept : socket_(socket), tls_(tls) {}

    [[nodiscard]] io_result read(std::span<std::uint8_t> into);
    [[nodiscard]] io_result write(std::span<const std::uint8_t> from);

    // All that was taken from the socket has been read: what comes next makes it readable.
    [[nodiscard]] bool drained() const noexcept;
    [[nodiscard]] int socket() const noexcept { return socket_; }
    [[nodiscard]] ssl_st* tls() const noexcept { return tls_; }
    // Why the last operation failed: "Connection reset by peer".
    [[nodiscard]] const std::string& failure() const noexcept { return failure_; }

private:
    [[nodiscard]] io_result tls_outcome(int returned, std::size_t bytes);
    [[nodiscard]] io_result errno_outcome(int number, io_state would_block);

    int socket_ = -1;
    ssl_st* tls_ = nullptr;
    std::string failure_;
};

// The first reason in OpenSSL's queue, in words; empties the queue.
[[nodiscard]] std::string tls_failure_text();

}  // namespace qry::postgresql
