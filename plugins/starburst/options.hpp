// The parameters of a datasource.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <qry/call.hpp>
#include <qry/kit/http/client.hpp>
#include <qry/result.hpp>
#include <qry/secret.hpp>

#include "session_state.hpp"

namespace qry::starburst {

enum class login : std::uint8_t { none, basic, jwt, oauth2, kerberos, certificate };

// Where access tokens are fetched, by client credentials (RFC 6749 §4.4).
struct token_service {
    // Empty = nowhere.
    std::string url;
    std::string client_id;
    secret client_secret;
    std::string scope;
    // http will do.
    bool allow_plain = false;
};

struct connect_options {
    std::string host;
    std::uint16_t port = 443;
    // "https" or "http".
    std::string scheme = "https";
    std::string user;
    login how = login::none;
    // Of basic.
    secret password;
    // Of jwt and oauth2.
    secret access_token;
    // Of oauth2 without an access token.
    token_service tokens;
    // As the header has it: "name=value, …", encoded.
    secret extra_credentials;
    std::string source = "qry";
    std::string client_tags;
    std::string client_info;
    std::string timezone;
    // "json+zstd,json+lz4,json", or empty: rows come in the replies.
    std::string encoding;
    // Catalog, schema, session properties, roles, path: where each session begins.
    session_state initial;
    // Schemas are read of this catalog only; empty = of all.
    std::string only_catalog;
    http::options http;

    // "https://trino.example.com:443"
    [[nodiscard]] std::string origin() const;
};

// From the parameters and secrets of a connect or test call.
[[nodiscard]] result<connect_options> read_connect_options(const parameters& params, call of);

// What each request carries whatever the state of the session. The extra credentials are in it, so
// it is not to be logged.
[[nodiscard]] std::vector<http::header> fixed_headers(const connect_options& options);

}  // namespace qry::starburst
