#include "aws_answer.hpp"

#include <nlohmann/json.hpp>

#include <qry/kit/auth/xml.hpp>

#include "server_words.hpp"

namespace qry::auth {

namespace {

std::string aws_hint(std::string_view code) {
    if (code == "SignatureDoesNotMatch" || code == "InvalidClientTokenId") {
        return "Check the access key and its secret, and the computer's clock.";
    }
    if (code == "AccessDenied" || code == "AccessDeniedException") {
        return "Check that the role trusts this identity, and that its policy allows the call.";
    }
    if (code == "ExpiredToken" || code == "ExpiredTokenException") {
        return "Get new temporary keys, or a new token.";
    }
    return {};
}

struct refused {
    std::string code;
    std::string words;
};

refused read_refusal(std::string_view body, const std::vector<std::string_view>& secrets) {
    if (const auto xml = read_xml(body)) {
        return {
            server_words(find_xml(*xml, "Error/Code"), secrets),
            server_words(find_xml(*xml, "Error/Message"), secrets)};
    }
    const auto json = nlohmann::json::parse(body, nullptr, false);
    const auto text = [&](const char* name) {
        const bool there = json.is_object() && json.contains(name) && json[name].is_string();
        return there ? server_words(json[name].get<std::string>(), secrets) : std::string();
    };
    std::string code = text("__type");
    // "com.amazonaws.redshiftserverless#AccessDeniedException"
    code.erase(0, code.rfind('#') + 1);
    std::string words = text("message");
    if (words.empty()) words = text("Message");
    return {std::move(code), std::move(words)};
}

}  // namespace

result<void> sign_credential_request(
    credential_request& what,
    const aws_keys& keys,
    const aws_scope& scope,
    std::chrono::sys_seconds at
) {
    auto steps = sign_sigv4(what.http, keys, scope, at);
    if (!steps) return std::move(steps).error();
    // The session token is in it.
    wipe(steps->canonical_request.data(), steps->canonical_request.size());
    return {};
}

error aws_refusal(
    std::string_view service,
    const http::url_parts& where,
    const http::response& answer,
    const std::vector<std::string_view>& secrets
) {
    const auto [code, words] = read_refusal(answer.body, secrets);
    error out{
        .message = std::string(service) + " at " + http::loggable(where, false) + " answered " +
                   std::to_string(answer.status),
        .hint = aws_hint(code),
        .from = origin::server};
    if (!code.empty()) out.message += ", " + code;
    if (!words.empty()) out.message += ": " + words;
    // Throttling comes with 400; the others say that STS has not reached the identity provider.
    const bool passing = is_passing(answer.status) || code == "Throttling" ||
                         code == "RequestThrottled" || code == "IDPCommunicationError";
    out.kind = passing ? status::connection_failed : status::authentication_failed;
    out.retryable = passing;
    return out;
}

}  // namespace qry::auth
