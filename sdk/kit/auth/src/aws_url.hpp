// URLs as Signature Version 4 wants them.
#pragma once

#include <string>

#include <qry/kit/auth/sigv4.hpp>
#include <qry/kit/http/url.hpp>
#include <qry/result.hpp>

namespace qry::auth {

struct aws_url {
    // "example.amazonaws.com:8443": what libcurl sends as Host; no port when it is the scheme's.
    std::string host;
    // Escaped once, as it is sent.
    std::string path;
    // Sorted, escaped, each with its '='.
    std::string query;
    // All of it.
    std::string text;
};

[[nodiscard]] result<aws_url> read_aws_url(const std::string& url);

// The path as it is signed.
[[nodiscard]] std::string canonical_path(const std::string& path, aws_path how);

}  // namespace qry::auth
