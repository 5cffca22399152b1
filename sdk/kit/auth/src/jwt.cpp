#include <qry/kit/auth/jwt.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

#include <qry/kit/text/base64.hpp>
#include <qry/kit/text/utf8.hpp>

#include "wiped.hpp"

namespace qry::auth {

namespace {

using tree = nlohmann::ordered_json;

constexpr std::array<std::string_view, 7> registered{
    "iss", "sub", "aud", "exp", "nbf", "iat", "jti"};

error bad_claim(std::string why) {
    return {.kind = status::invalid_parameter, .message = "a JSON web token's " + std::move(why)};
}

void put(tree& into, const char* name, const std::string& text) {
    if (!text.empty()) into[name] = text;
}

void put(tree& into, const char* name, const std::optional<std::chrono::sys_seconds>& at) {
    // NumericDate (RFC 7519 §2): seconds since 1970, without leap seconds.
    if (at) into[name] = at->time_since_epoch().count();
}

result<tree> payload_of(const jwt_claims& claims) {
    if (claims.issued_at && claims.expires_at && *claims.expires_at <= *claims.issued_at) {
        return bad_claim("expiry is not after its time of issue");
    }
    tree out = tree::object();
    put(out, "iss", claims.issuer);
    put(out, "sub", claims.subject);
    put(out, "aud", claims.audience);
    put(out, "iat", claims.issued_at);
    put(out, "nbf", claims.not_before);
    put(out, "exp", claims.expires_at);
    put(out, "jti", claims.id);
    for (const auto& [name, text] : claims.others) {
        if (name.empty()) return bad_claim("claim has no name");
        if (std::ranges::find(registered, name) != registered.end()) {
            return bad_claim("claim '" + name + "' has a member of its own");
        }
        // A reader may take either of two claims of one name (RFC 7519 §4).
        if (out.contains(name)) {
            return bad_claim("claim '" + text::replace_invalid_utf8(name) + "' is there twice");
        }
        out[name] = text;
    }
    return out;
}

// base64url without padding (RFC 7515 §2).
result<std::string> part_of(const tree& json, const char* which) {
    std::string text;
    try {
        text = json.dump();
    } catch (const tree::type_error&) {
        // Its message quotes the text; ours does not.
        return bad_claim(std::string(which) + " has a text that is not UTF-8");
    }
    return text::encode_base64(text, text::base64_alphabet::url);
}

std::string_view unpadded(std::string_view base64) noexcept {
    return base64.substr(0, base64.find('='));
}

}  // namespace

result<secret> sign_jwt(
    const private_key& key, const jwt_claims& claims, const jwt_header& header
) {
    tree head{{"alg", "RS256"}, {"typ", "JWT"}};
    put(head, "kid", header.key_id);
    put(head, "x5t#S256", header.certificate_sha256);
    auto payload = payload_of(claims);
    if (!payload) return std::move(payload).error();
    auto first = part_of(head, "header");
    if (!first) return std::move(first).error();
    auto second = part_of(*payload, "payload");
    if (!second) return std::move(second).error();
    const secret signed_part = join({unpadded(*first), ".", unpadded(*second)});
    auto signature = key.sign(signed_part.reveal());
    if (!signature) return std::move(signature).error();
    const wiped_text last(text::encode_base64(*signature, text::base64_alphabet::url));
    wipe(signature->data(), signature->size());
    return join({signed_part.reveal(), ".", unpadded(last.text)});
}

}  // namespace qry::auth
