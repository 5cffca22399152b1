#include "handshake.hpp"

#include <netdb.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <memory>
#include <system_error>

#include "protocol.hpp"
#include "transport.hpp"

namespace qry::postgresql {

namespace {

// https://www.postgresql.org/docs/current/protocol-message-formats.html, SSLRequest
constexpr std::int32_t tls_code = 80877103;

error tcp_failure(int number) {
    return {
        .kind = status::connection_failed,
        .message = std::generic_category().message(number),
        .hint =
            "Check host and port, that the server runs and listens there, and that no firewall is "
            "in between.",
        .retryable = true};
}

}  // namespace

error cannot_watch() {
    return {
        .kind = status::resource_limit,
        .message = "the host's loop cannot watch one more descriptor"};
}

task<result<unique_socket>> connect_tcp(
    waiter& place, const endpoint& where, std::int64_t until_ns
) {
    addrinfo wanted{};
    wanted.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    wanted.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (::getaddrinfo(where.address.c_str(), where.port.c_str(), &wanted, &found) != 0) {
        co_return error{
            .kind = status::invalid_parameter,
            .message = "\"" + where.address + "\" port \"" + where.port + "\" is not an address",
            .parameter = "hostaddr"};
    }
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> list(found, &::freeaddrinfo);
    unique_socket made(
        ::socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP)
    );
    if (made.get() < 0) co_return cannot_watch();
    const int on = 1;
    (void)::setsockopt(made.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    int failure = ::connect(made.get(), found->ai_addr, found->ai_addrlen) == 0 ? 0 : errno;
    if (failure == EINPROGRESS) {
        if (!place.watch(made.get())) co_return cannot_watch();
        const wake why = co_await place.wait(QRY_WRITABLE, until_ns);
        place.unwatch();
        if (why != wake::ready) co_return stopped(why, "connecting to " + where.name());
        socklen_t size = sizeof(failure);
        ::getsockopt(made.get(), SOL_SOCKET, SO_ERROR, &failure, &size);
    }
    if (failure != 0) co_return tcp_failure(failure);
    co_return std::move(made);
}

task<result<bool>> ask_for_tls(waiter& place, int socket, std::int64_t until_ns) {
    transport plain(socket, nullptr);
    output_buffer request;
    request.begin(0);
    request.put32(tls_code);
    request.end();
    // Eight bytes into an empty socket always fit.
    if (plain.write(request.pending()).state != io_state::done) {
        co_return error{
            .kind = status::connection_failed, .message = plain.failure(), .retryable = true};
    }
    std::array<std::uint8_t, 1> answer{};
    for (;;) {
        const io_result got = plain.read(answer);
        if (got.state == io_state::done) break;
        if (got.state != io_state::wants_read) {
            co_return error{
                .kind = status::connection_failed,
                .message = got.state == io_state::closed ? "the server closed the connection"
                                                         : plain.failure(),
                .retryable = true};
        }
        const wake why = co_await place.wait(QRY_READABLE, until_ns);
        if (why != wake::ready) co_return stopped(why, "asking for TLS");
    }
    // Anything else is no answer to this question; what is behind it must not be believed.
    co_return answer[0] == 'S';
}

task<result<void>> shake_hands(waiter& place, ssl_st* tls, int socket, std::int64_t until_ns) {
    if (SSL_set_fd(tls, socket) != 1) {
        co_return error{.kind = status::tls_failed, .message = tls_failure_text()};
    }
    for (;;) {
        const int returned = SSL_connect(tls);
        if (returned == 1) co_return result<void>();
        const int why = SSL_get_error(tls, returned);
        if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) {
            std::string text = tls_failure_text();
            const long refused = SSL_get_verify_result(tls);
            if (refused != X509_V_OK) {
                text += ": ";
                text += X509_verify_cert_error_string(refused);
            }
            co_return error{.kind = status::tls_failed, .message = std::move(text)};
        }
        const std::uint32_t events = why == SSL_ERROR_WANT_WRITE ? QRY_WRITABLE : QRY_READABLE;
        const wake woken = co_await place.wait(events, until_ns);
        if (woken != wake::ready) co_return stopped(woken, "the TLS handshake");
    }
}

}  // namespace qry::postgresql
