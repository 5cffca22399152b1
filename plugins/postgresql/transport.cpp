#include "transport.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <system_error>

namespace qry::postgresql {

std::string tls_failure_text() {
    const unsigned long code = ERR_get_error();
    ERR_clear_error();
    if (code == 0) return "TLS failed without a reason";
    const char* reason = ERR_reason_error_string(code);
    return reason != nullptr ? std::string("TLS: ") + reason
                             : "TLS error number " + std::to_string(code);
}

io_result transport::errno_outcome(int number, io_state would_block) {
    if (number == EAGAIN || number == EWOULDBLOCK || number == EINTR) return {would_block};
    failure_ = std::generic_category().message(number);
    return {io_state::failed};
}

io_result transport::tls_outcome(int returned, std::size_t bytes) {
    if (returned == 1) return {io_state::done, bytes};
    const int number = errno;
    switch (SSL_get_error(tls_, returned)) {
        case SSL_ERROR_WANT_READ:
            return {io_state::wants_read};
        case SSL_ERROR_WANT_WRITE:
            return {io_state::wants_write};
        case SSL_ERROR_ZERO_RETURN:
            return {io_state::closed};
        case SSL_ERROR_SYSCALL:
            ERR_clear_error();
            if (number == 0) return {io_state::closed};
            return errno_outcome(number, io_state::wants_read);
        default:
            failure_ = tls_failure_text();
            return {io_state::failed};
    }
}

io_result transport::read(std::span<std::uint8_t> into) {
    if (tls_ != nullptr) {
        ERR_clear_error();
        errno = 0;
        std::size_t bytes = 0;
        const int returned = SSL_read_ex(tls_, into.data(), into.size(), &bytes);
        return tls_outcome(returned, bytes);
    }
    const ssize_t got = ::recv(socket_, into.data(), into.size(), MSG_DONTWAIT);
    if (got > 0) return {io_state::done, static_cast<std::size_t>(got)};
    if (got == 0) return {io_state::closed};
    return errno_outcome(errno, io_state::wants_read);
}

bool transport::drained() const noexcept {
    return tls_ == nullptr || SSL_has_pending(tls_) == 0;
}

io_result transport::write(std::span<const std::uint8_t> from) {
    if (tls_ != nullptr) {
        ERR_clear_error();
        errno = 0;
        std::size_t bytes = 0;
        // A record at a time: OpenSSL insists on the same bytes again after it wanted to wait, and
        // the buffer may have grown by then.
        const std::size_t piece = std::min<std::size_t>(from.size(), 16 * 1024);
        const int returned = SSL_write_ex(tls_, from.data(), piece, &bytes);
        return tls_outcome(returned, bytes);
    }
    const ssize_t put = ::send(socket_, from.data(), from.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (put >= 0) return {io_state::done, static_cast<std::size_t>(put)};
    return errno_outcome(errno, io_state::wants_write);
}

}  // namespace qry::postgresql
