#include <qry/kit/auth/oauth.hpp>

#include <algorithm>
#include <cctype>
#include <memory>
#include <optional>

#include <qry/kit/text/base64.hpp>

#include "form.hpp"
#include "json_answer.hpp"
#include "server_words.hpp"
#include "wiped.hpp"

namespace qry::auth {

namespace {

struct source_state {
    source_state(http::client& by, oauth_options with) : client(by), how(std::move(with)) {}

    http::client& client;
    oauth_options how;
};
using shared_source = std::shared_ptr<source_state>;

// The secrets of one request, and the texts to blot out of its answer.
struct request_secrets {
    secret assertion;
    secret client_assertion;
};

error no_token(const http::url_parts& where, std::string_view why) {
    return {
        .kind = status::plugin_error,
        .message = "the token endpoint " + http::loggable(where, false) + ' ' + std::string(why)};
}

result<void> add_grant(form& to, source_state& of, request_secrets& made) {
    if (const auto* refresh = std::get_if<refresh_token_grant>(&of.how.grant)) {
        to.add("grant_type", "refresh_token");
        to.add("refresh_token", refresh->refresh_token.reveal());
    } else if (const auto* bearer = std::get_if<jwt_bearer_grant>(&of.how.grant)) {
        auto assertion = bearer->make();
        if (!assertion) return std::move(assertion).error();
        made.assertion = std::move(*assertion);
        to.add("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer");
        to.add("assertion", made.assertion.reveal());
    } else {
        to.add("grant_type", "client_credentials");
    }
    if (!of.how.scope.empty()) to.add("scope", of.how.scope);
    for (const auto& [name, value] : of.how.parameters)
        to.add(name, value);
    return {};
}

result<void> add_client(form& to, const oauth_options& how, request_secrets& made) {
    // Basic has the id in its header.
    if (how.authenticate == client_authentication::basic) return {};
    if (!how.client_id.empty()) to.add("client_id", how.client_id);
    if (how.authenticate == client_authentication::body) {
        to.add("client_secret", how.client_secret.reveal());
    } else if (how.authenticate == client_authentication::assertion) {
        auto assertion = how.client_assertion();
        if (!assertion) return std::move(assertion).error();
        made.client_assertion = std::move(*assertion);
        to.add("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
        to.add("client_assertion", made.client_assertion.reveal());
    }
    return {};
}

// Id and secret are escaped like a form's before they become base64 (RFC 6749 §2.3.1).
std::string basic_header(const oauth_options& how) {
    const wiped_text escaped(text::percent_encode(how.client_secret.reveal()));
    const secret pair = join({text::percent_encode(how.client_id), ":", escaped.text});
    const wiped_text encoded(text::encode_base64(pair.reveal()));
    const secret line = join({"Basic ", encoded.text});
    return std::string(line.reveal());
}

std::string oauth_hint(std::string_view code) {
    if (code == "invalid_client") {
        return "Check the client's id, its secret, and how it authenticates (header or body).";
    }
    if (code == "invalid_grant") {
        return "The refresh token or the assertion has ended, was revoked, or is another client's.";
    }
    if (code == "invalid_scope") return "Check the scopes that are asked for.";
    return {};
}

// RFC 6749 §5.2.
error oauth_refusal(
    const http::url_parts& where,
    const http::response& answer,
    const std::optional<json_answer>& body,
    const std::vector<std::string_view>& secrets
) {
    std::string code;
    std::string words;
    if (body) {
        code = server_words(body->text("error").reveal(), secrets);
        words = server_words(body->text("error_description").reveal(), secrets);
    }
    error out{
        .message = "the token endpoint " + http::loggable(where, false) + " answered " +
                   std::to_string(answer.status),
        .hint = oauth_hint(code),
        .from = origin::server};
    if (!code.empty()) out.message += ", " + code;
    if (!words.empty()) out.message += ": " + words;
    const bool passing =
        is_passing(answer.status) || code == "temporarily_unavailable" || code == "server_error";
    out.kind = passing ? status::connection_failed : status::authentication_failed;
    out.retryable = passing;
    return out;
}

// RFC 6749 appendix A.12, without the space, which a header would lose.
bool is_token(std::string_view text) noexcept {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
}

bool is_bearer(std::string_view type) noexcept {
    constexpr std::string_view bearer = "bearer";
    return type.empty() || std::ranges::equal(type, bearer, [](char a, char b) {
               return std::tolower(static_cast<unsigned char>(a)) == b;
           });
}

// RFC 6749 §5.1.
result<lease<secret>> read_token(
    source_state& of, const http::url_parts& where, const json_answer& body
) {
    lease<secret> out{.value = body.text("access_token")};
    if (!is_token(out.value.reveal())) return no_token(where, "gave no access token");
    if (!is_bearer(body.text("token_type").reveal())) {
        error e = no_token(where, "gave a token that is not a bearer token");
        e.kind = status::unsupported;
        return e;
    }
    // Longer than a century is no promise, and would run over.
    constexpr std::int64_t longest = 3'000'000'000;
    const auto seconds = body.number("expires_in").value_or(of.how.assumed_lifetime.count());
    out.lifetime = std::chrono::seconds(std::clamp<std::int64_t>(seconds, 0, longest));
    if (auto* refresh = std::get_if<refresh_token_grant>(&of.how.grant)) {
        secret next = body.text("refresh_token");
        if (!next.empty() && next.reveal() != refresh->refresh_token.reveal()) {
            refresh->refresh_token = std::move(next);
            if (refresh->changed) refresh->changed(refresh->refresh_token);
        }
    }
    return out;
}

result<void> check(const oauth_options& how) {
    const auto refuse = [](std::string_view why) {
        return error{.kind = status::invalid_parameter, .message = std::string(why)};
    };
    const bool with_id = how.authenticate != client_authentication::none;
    if (with_id && how.client_id.empty()) return refuse("an OAuth client has no id");
    const bool by_secret = how.authenticate == client_authentication::basic ||
                           how.authenticate == client_authentication::body;
    if (by_secret && how.client_secret.empty()) return refuse("an OAuth client has no secret");
    if (how.authenticate == client_authentication::assertion && !how.client_assertion) {
        return refuse("an OAuth client has nothing that makes its assertion");
    }
    if (const auto* refresh = std::get_if<refresh_token_grant>(&how.grant)) {
        if (refresh->refresh_token.empty()) return refuse("there is no refresh token");
    }
    if (const auto* bearer = std::get_if<jwt_bearer_grant>(&how.grant)) {
        if (!bearer->make) return refuse("a JWT bearer has nothing that makes its assertion");
    }
    return {};
}

std::vector<std::string_view> texts_of(const oauth_options& how, const request_secrets& made) {
    std::vector<std::string_view> out{
        how.client_secret.reveal(), made.assertion.reveal(), made.client_assertion.reveal()};
    if (const auto* refresh = std::get_if<refresh_token_grant>(&how.grant)) {
        out.push_back(refresh->refresh_token.reveal());
    }
    return out;
}

task<result<lease<secret>>> fetch_token(shared_source of, std::int64_t deadline_ns) {
    const oauth_options& how = of->how;
    if (auto good = check(how); !good) co_return std::move(good).error();
    const auto where = read_endpoint(how.token_url, how.allow_plain);
    if (!where) co_return where.error();
    form fields;
    request_secrets made;
    if (auto added = add_grant(fields, *of, made); !added) co_return std::move(added).error();
    if (auto added = add_client(fields, how, made); !added) co_return std::move(added).error();
    credential_request what(how.token_url, fields, deadline_ns);
    what.http.headers.push_back({"Accept", "application/json"});
    if (how.authenticate == client_authentication::basic) {
        what.http.headers.push_back({"Authorization", basic_header(how)});
    }
    // Refresh tokens and assertions may be good for one use.
    what.http.repeatable = std::holds_alternative<client_credentials_grant>(how.grant);
    auto answer = co_await of->client.send(what.http);
    if (!answer) co_return std::move(answer).error();
    const auto body = json_answer::read(answer->body);
    // Some servers refuse with a status of success.
    const bool refused = answer->status != 200 || (body && !body->text("error").empty());
    if (refused) co_return oauth_refusal(*where, *answer, body, texts_of(how, made));
    if (!body) co_return no_token(*where, "answered with something that is not a JSON object");
    co_return read_token(*of, *where, *body);
}

task<result<secret>> bearer_header(renewing<secret> tokens, bool refused) {
    auto token = co_await tokens.get(refused);
    if (!token) co_return std::move(token).error();
    co_return join({"Bearer ", token->reveal()});
}

renewing<secret> make_tokens(loop_ref loop, http::client& by, oauth_options how) {
    renewal keep = how.keep;
    const auto state = std::make_shared<source_state>(by, std::move(how));
    return renewing<secret>(
        loop,
        [state](std::int64_t deadline_ns) { return fetch_token(state, deadline_ns); },
        std::move(keep)
    );
}

}  // namespace

oauth_source::oauth_source(loop_ref loop, http::client& by, oauth_options how)
    : tokens_(make_tokens(loop, by, std::move(how))) {}

task<result<secret>> oauth_source::token(bool refused, std::int64_t deadline_ns) const {
    return tokens_.get(refused, deadline_ns);
}

http::authorizer oauth_source::authorizer() const {
    return [tokens = tokens_](bool refused) { return bearer_header(tokens, refused); };
}

}  // namespace qry::auth
