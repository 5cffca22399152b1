// The parts of a URL that decisions, signatures and messages are made of.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <qry/result.hpp>

namespace qry::http {

struct url_parts {
    // "http" or "https".
    std::string scheme;
    // Without brackets, in small letters.
    std::string host;
    std::uint16_t port = 0;
    // As they are sent: escapes are left alone, dot segments of the path are gone.
    std::string path;
    // Without the question mark.
    std::string query;

    [[nodiscard]] bool same_origin(const url_parts& other) const noexcept {
        return scheme == other.scheme && host == other.host && port == other.port;
    }
};

// Refuses other schemes, user information and what is no URL; the message does not quote it.
[[nodiscard]] result<url_parts> read_url(const std::string& url);
// `location` as seen from `base`; empty when it is no URL.
[[nodiscard]] std::string resolve_url(const std::string& base, const std::string& location);

// "https://trino.example.com:443/v1/statement": no query, no fragment; with `secret` no path
// either.
[[nodiscard]] std::string loggable(const url_parts& url, bool secret);

}  // namespace qry::http
