#include "startup.hpp"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <chrono>
#include <memory>

#include <qry/clock.hpp>
#include <qry/kit/net/lookup.hpp>

#include "postgresql/error.hpp"
#include "postgresql/transport.hpp"

namespace qry::redshift {

namespace {

using postgresql::endpoint;
using postgresql::input_buffer;
using postgresql::io_state;
using postgresql::output_buffer;
using postgresql::transport;

struct free_tls {
    void operator()(SSL* s) const noexcept { SSL_free(s); }
    void operator()(SSL_CTX* c) const noexcept { SSL_CTX_free(c); }
};

error with_host(error e, const endpoint& where) {
    if (e.message.find(where.port) == std::string::npos) {
        e.message = where.name() + ": " + e.message;
    }
    return e;
}

// What settles the matter whatever address comes next.
bool ends_search(const error& e) {
    return e.from == origin::server || e.kind == status::query_cancelled ||
           e.kind == status::authentication_failed || e.kind == status::resource_limit;
}

error tls_error(std::string message) {
    return {
        .kind = status::tls_failed,
        .message = std::move(message),
        .hint =
            "Check sslrootcert (the CA that signed the server's certificate) and, with "
            "sslmode=verify-full, that host is a name in the certificate."};
}

}  // namespace

class startup::connection final : public postgresql::connection_owner {
public:
    explicit connection(postgresql::unique_socket socket) noexcept : socket_(std::move(socket)) {}
    ~connection() override {
        output_buffer goodbye;
        goodbye.terminate();
        // Best effort: it is never waited for.
        (void)transport(socket_.get(), tls_.get()).write(goodbye.pending());
    }
    int socket() const noexcept override { return socket_.get(); }
    ssl_st* tls() const noexcept override { return tls_.get(); }

    // A TLS that will verify the server's certificate.
    result<SSL*> prepare_tls(const connect_options& options) {
        context_.reset(SSL_CTX_new(TLS_client_method()));
        if (!context_) return tls_error(postgresql::tls_failure_text());
        SSL_CTX_set_min_proto_version(context_.get(), TLS1_2_VERSION);
        SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
        const bool known =
            options.ca_file.empty()
                ? SSL_CTX_set_default_verify_paths(context_.get()) == 1
                : SSL_CTX_load_verify_file(context_.get(), options.ca_file.c_str()) == 1;
        if (!known) {
            (void)postgresql::tls_failure_text();
            return error{
                .kind = status::invalid_parameter,
                .message = "no certificate could be read from " +
                           (options.ca_file.empty() ? "the system's folder" : options.ca_file),
                .hint = "sslrootcert is a file of certificates in PEM.",
                .parameter = "sslrootcert"};
        }
        tls_.reset(SSL_new(context_.get()));
        if (!tls_) return tls_error(postgresql::tls_failure_text());
        if (!net::is_numeric_address(options.host)) {
            SSL_set_tlsext_host_name(tls_.get(), options.host.c_str());
            if (options.verify_name) SSL_set1_host(tls_.get(), options.host.c_str());
        } else if (options.verify_name) {
            X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls_.get()), options.host.c_str());
        }
        return tls_.get();
    }

private:
    postgresql::unique_socket socket_;
    std::unique_ptr<SSL_CTX, free_tls> context_;
    std::unique_ptr<SSL, free_tls> tls_;
};

task<result<std::vector<endpoint>>> startup::find_hosts(std::int64_t deadline_ns) {
    auto hosts = postgresql::read_endpoints(options_.host, "", options_.port);
    if (!hosts) co_return std::move(hosts);
    std::vector<endpoint> list = std::move(*hosts);
    const std::int64_t until =
        std::min(deadline_ns, later(now_ns(), options_.connect_timeout.count()));
    co_return co_await postgresql::resolve(place_, std::move(list), until);
}

task<result<postgresql::link>> startup::open(
    std::vector<endpoint> hosts, const identity& who, std::int64_t deadline_ns
) {
    error last{.kind = status::connection_failed, .message = options_.host + " has no address"};
    for (const endpoint& where : hosts) {
        const std::int64_t until =
            std::min(deadline_ns, later(now_ns(), options_.connect_timeout.count()));
        auto made = co_await open_one(where, who, until);
        place_.unwatch();
        if (made) co_return std::move(made);
        last = with_host(std::move(made).error(), where);
        if (ends_search(last) || now_ns() >= deadline_ns) break;
    }
    co_return std::move(last);
}

task<result<postgresql::link>> startup::open_one(
    const endpoint& where, const identity& who, std::int64_t until_ns
) {
    steps_ = {.begun = now_ns()};
    auto socket = co_await postgresql::connect_tcp(place_, where, until_ns);
    if (!socket) co_return std::move(socket).error();
    steps_.connected = now_ns();
    auto made = std::make_unique<connection>(std::move(*socket));
    if (!place_.watch(made->socket())) co_return postgresql::cannot_watch();
    if (options_.tls) {
        auto safe = co_await encrypt(*made, until_ns);
        if (!safe) co_return std::move(safe).error();
    }
    steps_.encrypted = now_ns();
    const auto since_1970 = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now().time_since_epoch()
    );
    // As Amazon's own clients make it.
    login at(who, options_.tls, std::to_string(since_1970.count()));
    auto said = co_await converse(*made, at, until_ns);
    if (!said) co_return std::move(said).error();
    steps_.ready = now_ns();
    place_.unwatch();
    postgresql::link out;
    out.connection = std::move(made);
    out.where = where;
    out.server_version = at.setting("server_version");
    out.server_encoding = at.setting("server_encoding");
    out.user = who.user;
    out.database = who.database;
    if (at.key()) out.know_key(*at.key());
    co_return std::move(out);
}

task<result<void>> startup::encrypt(connection& made, std::int64_t until_ns) {
    auto offered = co_await postgresql::ask_for_tls(place_, made.socket(), until_ns);
    if (!offered) co_return std::move(offered).error();
    if (!*offered) {
        co_return error{
            .kind = status::tls_failed,
            .message = "the server speaks no TLS",
            .hint =
                "Check that host and port are those of a cluster; ssl=false talks in plain text.",
            .from = origin::server};
    }
    auto tls = made.prepare_tls(options_);
    if (!tls) co_return std::move(tls).error();
    auto shaken = co_await postgresql::shake_hands(place_, *tls, made.socket(), until_ns);
    if (!shaken && shaken.error().kind == status::tls_failed) {
        co_return tls_error(std::move(shaken).error().message);
    }
    co_return std::move(shaken);
}

task<result<void>> startup::converse(connection& made, login& at, std::int64_t until_ns) {
    transport wire(made.socket(), made.tls());
    input_buffer in;
    output_buffer out;
    // The password's proof, or the token, was in it.
    const std::unique_ptr<output_buffer, void (*)(output_buffer*)> forgotten(
        &out, [](output_buffer* b) { b->wipe(); }
    );
    at.begin(out);
    for (;;) {
        std::uint32_t events = QRY_READABLE;
        while (!out.empty()) {
            const auto put = wire.write(out.pending());
            if (put.state == io_state::done) {
                out.sent(put.bytes);
                continue;
            }
            if (put.state == io_state::wants_write) events |= QRY_WRITABLE;
            if (put.state != io_state::wants_write && put.state != io_state::wants_read) {
                co_return postgresql::connection_lost(wire.failure());
            }
            break;
        }
        postgresql::frame f;
        switch (in.next(f)) {
            case input_buffer::next_result::malformed:
                co_return postgresql::protocol_broken("a message without a sensible length");
            case input_buffer::next_result::complete: {
                const auto state = at.take(f, out);
                if (at.accepted() && steps_.accepted == 0) steps_.accepted = now_ns();
                if (state == login::state::failed) co_return at.failure();
                if (state == login::state::ready) co_return result<void>();
                continue;
            }
            case input_buffer::next_result::incomplete:
                break;
        }
        const auto got = wire.read(in.space());
        if (got.state == io_state::done) {
            in.received(got.bytes);
            continue;
        }
        if (got.state == io_state::closed || got.state == io_state::failed) {
            co_return postgresql::connection_lost(
                got.state == io_state::closed ? "the server closed it during the login"
                                              : wire.failure()
            );
        }
        if (got.state == io_state::wants_write) events |= QRY_WRITABLE;
        const wake why = co_await place_.wait(events, until_ns);
        if (why != wake::ready) co_return postgresql::stopped(why, "logging in");
    }
}

}  // namespace qry::redshift
