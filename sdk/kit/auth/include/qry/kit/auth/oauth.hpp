// OAuth 2.0 access tokens, fetched and kept (RFC 6749; RFC 7523 for JWT bearers; RFC 6750 for the
// header they go into).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <qry/kit/auth/renewing.hpp>
#include <qry/kit/http/client.hpp>
#include <qry/loop.hpp>
#include <qry/result.hpp>
#include <qry/secret.hpp>
#include <qry/task.hpp>

namespace qry::auth {

// How the client shows who it is to the token endpoint.
enum class client_authentication : std::uint8_t {
    // Authorization: Basic, of id and secret (RFC 6749 §2.3.1).
    basic,
    // client_id and client_secret in the body (the same section).
    body,
    // client_id and a signed assertion in the body (RFC 7523 §2.2).
    assertion,
    // client_id in the body, when there is one: public clients (RFC 6749 §3.2.1).
    none,
};

// Makes a signed token for one request; see jwt.hpp. It should say its time of issue, and end soon.
using assertion_maker = std::function<result<secret>()>;

// RFC 6749 §4.4.
struct client_credentials_grant {};

// RFC 6749 §6.
struct refresh_token_grant {
    secret refresh_token;
    // Called with each new refresh token, when the server changes it: the old one may be void from
    // then on. May be empty.
    std::function<void(const secret&)> changed;
};

// RFC 7523 §2.1.
struct jwt_bearer_grant {
    assertion_maker make;
};

using oauth_grant = std::variant<client_credentials_grant, refresh_token_grant, jwt_bearer_grant>;

struct oauth_options {
    // https; plain http only with `allow_plain`.
    std::string token_url;
    std::string client_id;
    secret client_secret;
    client_authentication authenticate = client_authentication::basic;
    // Of client_authentication::assertion.
    assertion_maker client_assertion;
    oauth_grant grant;
    // Separated by spaces; empty = the server's default.
    std::string scope;
    // More parameters of the request, such as "audience" or "resource".
    std::vector<std::pair<std::string, std::string>> parameters;
    // Of a token whose answer does not say (RFC 6749 §5.1 leaves that to the server's documents).
    std::chrono::seconds assumed_lifetime{300};
    // Tokens in clear text: for tests, and for servers on the same machine.
    bool allow_plain = false;
    renewal keep;
};

// Copies share the token. Everything happens on the loop's thread.
class oauth_source {
public:
    // `by` must outlive all requests, as http::client demands; it may be the client that the tokens
    // are for.
    oauth_source(loop_ref loop, http::client& by, oauth_options how);

    // The access token. `refused` and the deadline as in renewing::get. Errors:
    // authentication_failed with the server's words (`error`, `error_description`), in which
    // secrets of ours are blotted out; connection_failed for what may pass (5xx, 429,
    // temporarily_unavailable); plugin_error for an answer that is none; unsupported for a token
    // that is no bearer; those of the HTTP client and of the assertion's maker.
    [[nodiscard]] task<result<secret>> token(
        bool refused = false, std::int64_t deadline_ns = no_deadline
    ) const;

    // "Bearer TOKEN", for http::client::authorize_with; needs this object no longer.
    [[nodiscard]] http::authorizer authorizer() const;

private:
    renewing<secret> tokens_;
};

}  // namespace qry::auth
