// JSON Web Tokens signed with RS256 (RFC 7519, RFC 7515 compact serialisation, RFC 7518 §3.3).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <qry/kit/auth/private_key.hpp>
#include <qry/result.hpp>
#include <qry/secret.hpp>

namespace qry::auth {

// The registered claims (RFC 7519 §4.1); what is empty is left out. Times are of the wall clock.
struct jwt_claims {
    // iss
    std::string issuer;
    // sub
    std::string subject;
    // aud
    std::string audience;
    // iat
    std::optional<std::chrono::sys_seconds> issued_at;
    // nbf
    std::optional<std::chrono::sys_seconds> not_before;
    // exp
    std::optional<std::chrono::sys_seconds> expires_at;
    // jti
    std::string id;
    // Texts under other names, in this order, behind the registered ones.
    std::vector<std::pair<std::string, std::string>> others;
};

// The protected header is {"alg":"RS256","typ":"JWT"} and what is not empty here (RFC 7515 §4.1).
struct jwt_header {
    // kid
    std::string key_id;
    // x5t#S256: SHA-256 of the certificate's DER, base64url without padding.
    std::string certificate_sha256;
};

// "header.payload.signature"; a secret, because it may be used by whoever has it. invalid_parameter
// when a text is not UTF-8, when a name of `others` is a registered one, empty or there twice, or
// when the token would expire before it was issued.
[[nodiscard]] result<secret> sign_jwt(
    const private_key& key, const jwt_claims& claims, const jwt_header& header = {}
);

}  // namespace qry::auth
