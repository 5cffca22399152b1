// AWS Signature Version 4 in the Authorization header ("Create a signed AWS API request" in the IAM
// User Guide; for S3 "Authenticating Requests: Using the Authorization Header" in its API
// reference). No I/O, no clock.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include <qry/kit/auth/aws_keys.hpp>
#include <qry/kit/http/client.hpp>
#include <qry/result.hpp>
#include <qry/secret.hpp>

namespace qry::auth {

// How the path of the URL stands in what is signed.
enum class aws_path : std::uint8_t {
    // Without empty segments, and its escapes escaped again: every service but S3.
    escaped_twice,
    // As it is sent: S3, whose keys may have empty segments.
    as_sent,
};

// How the body is bound to the signature.
enum class aws_payload : std::uint8_t {
    hashed,
    // Its hash is also sent as X-Amz-Content-Sha256, which S3 asks for.
    hashed_and_sent,
    // Not at all ("UNSIGNED-PAYLOAD"; S3 only, over TLS).
    not_signed,
};

struct aws_scope {
    // "eu-central-1"
    std::string region;
    // The name that the service is signed for: "sts", "athena", "redshift-data".
    std::string service;
    aws_path path = aws_path::escaped_twice;
    aws_payload payload = aws_payload::hashed;

    [[nodiscard]] static aws_scope s3(std::string region) {
        return {std::move(region), "s3", aws_path::as_sent, aws_payload::hashed_and_sent};
    }
};

// What was signed: AWS shows its own when it does not agree. The session token is in it: not for
// logs.
struct sigv4_steps {
    std::string canonical_request;
    std::string string_to_sign;
};

// Signs `what` as of `at`: puts X-Amz-Date, X-Amz-Security-Token, X-Amz-Content-Sha256 and
// Authorization into its headers, in the place of such ones from an earlier signature, and rewrites
// its URL in the one form that AWS reads it in (escapes normalised, parameters sorted, no
// fragment). Host is taken from the URL unless it is among the headers; all headers are signed but
// those that proxies change. `at` must be within 5 minutes of AWS's clock when the request arrives,
// so a request that waited is signed anew. Send it `anonymous` through a client that has an
// authorizer.
//
// invalid_parameter, with `what` unchanged: no keys, region or service; a URL that cannot be read,
// has a bad escape, or a plus in its query (a space to some readers: write %20 or %2B); a line end
// in a header. AWS documents the signature over the Host that is sent; libcurl sends the URL's.
[[nodiscard]] result<sigv4_steps> sign_sigv4(
    http::request& what, const aws_keys& keys, const aws_scope& scope, std::chrono::sys_seconds at
);

// The key of one day ("20150830"), region and service; 32 bytes.
[[nodiscard]] secret sigv4_signing_key(
    const secret& secret_access_key, std::string_view day, const aws_scope& scope
);

}  // namespace qry::auth
