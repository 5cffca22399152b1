#include <catch2/catch.hpp>

#include <qry/kit/auth/jwt.hpp>

#include "keys.hpp"

namespace qry::test {

using auth::jwt_claims;
using auth::sign_jwt;
using std::chrono::seconds;
using std::chrono::sys_seconds;

namespace {

jwt_claims some_claims() {
    jwt_claims out;
    out.issuer = "client";
    out.subject = "user";
    out.audience = "https://login.example.com/token";
    out.issued_at = sys_seconds(seconds(1'700'000'000));
    out.expires_at = sys_seconds(seconds(1'700'000'060));
    out.id = "id-1";
    out.others = {{"scope", "a b"}};
    return out;
}

}  // namespace

// Header and payload were written by hand, and signed by Python's cryptography
// (padding.PKCS1v15(), SHA256) with the key of RFC 7515 appendix A.2.
TEST_CASE("a token has its header, its claims and the signature that another library makes") {
    auto token = sign_jwt(rfc_key(), some_claims(), {.key_id = "key-1"});
    REQUIRE(token);
    CHECK(
        token->reveal() ==
        "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImtleS0xIn0.eyJpc3MiOiJjbGllbnQiLCJzdWIiOiJ1"
        "c2VyIiwiYXVkIjoiaHR0cHM6Ly9sb2dpbi5leGFtcGxlLmNvbS90b2tlbiIsImlhdCI6MTcwMDAwMDAwMCwiZXhw"
        "IjoxNzAwMDAwMDYwLCJqdGkiOiJpZC0xIiwic2NvcGUiOiJhIGIifQ.aBqFynIYFG2jUPv8uIWqtaRmp10bkEvNr"
        "AY9WKwjbpdIrr2ma0bVsRsWIB64_GSSDo3prqcgDlTfa3FBv-TISXrG4W8soCMu1MnVWgGcPhwbdXEMKky25e4sF"
        "X6OjLtfCj_6alOmj3UMUpS70cKKrilXJxaUa1aBch9wobexbq1TIssKKtICs5jbEV0FXblAJVefGR8H9ixvRkHRg"
        "gx2_a5yOP8NzvlQSs-k9iMSRQO9l1cYoRCMqeGwGzbRXa-8Ia8gmNA9rGctVuze3zLlJ1pwoOR2QMyRba5-SitF_"
        "7OrWa9MbzBUEfezphJyRMTBssFOLLdOxQwv-GiJ7YRvpw"
    );
}

// The parts by `printf '{"alg":"RS256","typ":"JWT"}' | basenc --base64url`.
TEST_CASE("claims that are not given are not in the token") {
    auto token = sign_jwt(rfc_key(), {});
    REQUIRE(token);
    CHECK(token->reveal().starts_with("eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.e30."));
    CHECK(token->reveal().find('=') == std::string_view::npos);
}

TEST_CASE("a certificate's thumbprint is in the header under its registered name") {
    auto token = sign_jwt(rfc_key(), {}, {.certificate_sha256 = "abc"});
    REQUIRE(token);
    // {"alg":"RS256","typ":"JWT","x5t#S256":"abc"}
    CHECK(token->reveal().starts_with("eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCIsIng1dCNTMjU2IjoiYWJjIn0."
    ));
}

TEST_CASE("claims that readers could take in two ways are refused") {
    const auto key = rfc_key();
    jwt_claims claims = some_claims();
    SECTION("a registered name among the others") {
        claims.others = {{"exp", "never"}};
    }
    SECTION("a name twice") {
        claims.others = {{"role", "reader"}, {"role", "admin"}};
    }
    SECTION("no name") {
        claims.others = {{"", "x"}};
    }
    SECTION("an expiry before the issue") {
        claims.expires_at = *claims.issued_at - seconds(1);
    }
    SECTION("an expiry at the issue") {
        claims.expires_at = claims.issued_at;
    }
    auto token = sign_jwt(key, claims);
    REQUIRE_FALSE(token);
    CHECK(token.error().kind == status::invalid_parameter);
}

TEST_CASE("a text that is not UTF-8 is refused, and not quoted") {
    jwt_claims claims = some_claims();
    claims.subject = "user\xff-hidden";
    auto token = sign_jwt(rfc_key(), claims);
    REQUIRE_FALSE(token);
    CHECK(token.error().kind == status::invalid_parameter);
    CHECK(token.error().message.find("hidden") == std::string::npos);
    auto by_header = sign_jwt(rfc_key(), some_claims(), {.key_id = "\xc3("});
    REQUIRE_FALSE(by_header);
    CHECK(by_header.error().kind == status::invalid_parameter);
}

TEST_CASE("quotes and control characters in claims stay inside their strings") {
    jwt_claims claims;
    claims.subject = "a\",\"admin\":\"b\n";
    auto token = sign_jwt(rfc_key(), claims);
    REQUIRE(token);
    // {"sub":"a\",\"admin\":\"b\n"} with the escapes of RFC 8259 §7, by basenc.
    CHECK(
        token->reveal().find(".eyJzdWIiOiJhXCIsXCJhZG1pblwiOlwiYlxuIn0.") != std::string_view::npos
    );
}

}  // namespace qry::test
