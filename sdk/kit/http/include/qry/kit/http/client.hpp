// HTTP for drivers: libcurl's multi interface on the loop of the session, no thread of its own for
// transfers, every wait under a deadline.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <qry/loop.hpp>
#include <qry/result.hpp>
#include <qry/secret.hpp>
#include <qry/task.hpp>

namespace qry::http {

struct header {
    std::string name;
    std::string value;

    // Names are the same in any case of letters.
    [[nodiscard]] bool is(std::string_view other) const noexcept;
};

struct request {
    std::string method = "GET";
    // Absolute, http or https. User information in it is refused.
    std::string url;
    std::vector<header> headers;
    std::string body;
    // May be sent again when the connection broke before an answer came; GET, HEAD and DELETE
    // always may.
    bool repeatable = false;
    // Neither its URL nor what it answers may be logged beyond scheme and host (presigned links).
    bool secret_url = false;
    // Without the client's own authorization header: for a host that is not the server's.
    bool anonymous = false;
    // Redirects of GET and HEAD that are followed, to the same scheme only; the client's
    // authorization stays with the host it was made for, `headers` go along. 0 = a redirect is an
    // error that names its target's host.
    int max_redirects = 0;
    // Absolute, CLOCK_MONOTONIC nanoseconds: the whole exchange with all its tries.
    std::int64_t deadline_ns = no_deadline;
    // Of the body after decompression; more is resource_limit.
    std::size_t max_body = std::size_t{256} << 20;
    // Goes into the log beside it: the id of a query. May be empty.
    std::string trace;
};

// The connection that an answer came by.
struct connection_facts {
    // "10.0.0.7"
    std::string address;
    // "TLSv1.3, TLS_AES_256_GCM_SHA384"; empty = plain text.
    std::string tls;
};

struct response {
    int status = 0;
    std::vector<header> headers;
    std::string body;
    // How many times it was sent.
    int tries = 1;
    connection_facts by;

    // The first header of that name, in any case of letters; empty when there is none.
    [[nodiscard]] std::string_view find(std::string_view name) const noexcept;
};

enum class verify_peer : std::uint8_t {
    // Chain and host name.
    full,
    // The chain only.
    chain,
    // Nothing; the driver asks for it by a parameter that says so.
    none,
};

struct tls_options {
    verify_peer verify = verify_peer::full;
    // PEM; empty = the system's.
    std::string ca_file;
    // The client's certificate and key: PEM, or PKCS#12 by the name's end (.p12, .pfx).
    std::string certificate_file;
    std::string key_file;
    secret key_password;
};

// When the server is busy or not up yet: those answers are tried again under the deadline.
struct retry_policy {
    std::vector<int> statuses{429, 502, 503, 504};
    // Doubled each time, with jitter; Retry-After outranks it.
    std::chrono::milliseconds first_wait{100};
    std::chrono::milliseconds longest_wait{5'000};
    // 0 = as many as the deadline allows.
    int max_tries = 0;
};

struct options {
    tls_options tls;
    // "http://proxy:3128"; empty = none. The environment is not looked at.
    std::string proxy;
    secret proxy_password;
    std::string user_agent;
    // Asks for bodies in gzip or zstd. Worth it where the network is slower than the server packs.
    bool compressed = true;
    // Of one connection.
    std::chrono::milliseconds connect_timeout{15'000};
    // An answer that sends no byte for so long has failed; 0 = only the deadline.
    std::chrono::milliseconds silence_timeout{0};
    retry_policy retry;
    // SPNEGO with the ticket of the process, where libcurl was built with it.
    bool negotiate = false;
    std::string negotiate_service = "HTTP";
};

// Scheme, host and port are the same, written in whatever way: credentials for one are for the
// other.
[[nodiscard]] bool same_origin(std::string_view url, std::string_view other);

// The value of the authorization header, asked before each try; `refused` = the last one got 401.
// Empty = none.
using authorizer = std::function<task<result<secret>>(bool refused)>;

// One session's connections. Everything happens on the loop's thread.
class client {
public:
    [[nodiscard]] static result<std::unique_ptr<client>> make(loop_ref loop, options how);
    client(const client&) = delete;
    client& operator=(const client&) = delete;
    // No transfer may be in flight.
    ~client();

    void authorize_with(authorizer how);

    // The whole exchange. Any status is an answer; what failed below that (name look-up, TCP, TLS,
    // a cut body, the deadline, an interrupt) is an error with a kind of its own. The request must
    // outlive the task. Several may be in flight.
    [[nodiscard]] task<result<response>> send(const request& what);

    // The same, with the body handed over piece by piece; false from `sink` stops reading, and ends
    // the exchange as query_cancelled. While a piece is being taken nothing more is read.
    using body_sink = std::function<task<bool>(std::span<const char>)>;
    [[nodiscard]] task<result<response>> stream(const request& what, body_sink sink);

    // Ends what is in flight, and nothing that comes after: those end as query_cancelled.
    void interrupt() noexcept;
    // The same for this one request; does nothing when it is not in flight.
    void interrupt(const request& which) noexcept;

private:
    struct impl;
    class exchange;
    explicit client(std::shared_ptr<impl> made) noexcept;
    std::shared_ptr<impl> impl_;
};

}  // namespace qry::http
