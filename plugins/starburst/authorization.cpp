#include "authorization.hpp"

#include <memory>

#include <qry/kit/auth/oauth.hpp>
#include <qry/kit/text/base64.hpp>

namespace qry::starburst {

namespace {

// Leaves no copy behind.
secret take(std::string text) {
    secret out(text);
    wipe(text.data(), text.size());
    return out;
}

// RFC 7617
secret basic(const connect_options& options) {
    std::string pair = options.user + ':';
    pair += options.password.reveal();
    std::string value = "Basic " + text::encode_base64(pair);
    wipe(pair.data(), pair.size());
    return take(std::move(value));
}

// RFC 6750
secret bearer(const connect_options& options) {
    std::string value = "Bearer ";
    value.reserve(value.size() + options.access_token.reveal().size());
    value += options.access_token.reveal();
    return take(std::move(value));
}

http::authorizer always(secret value) {
    return [value = std::make_shared<const secret>(std::move(value))](bool
           ) -> task<result<secret>> { co_return value->clone(); };
}

}  // namespace

http::authorizer make_authorizer(loop_ref loop, http::client& by, connect_options& options) {
    if (options.how == login::basic) return always(basic(options));
    if (!options.access_token.empty()) return always(bearer(options));
    if (options.tokens.url.empty()) return {};
    token_service& from = options.tokens;
    return auth::oauth_source(
               loop,
               by,
               {.token_url = std::move(from.url),
                .client_id = std::move(from.client_id),
                .client_secret = std::move(from.client_secret),
                .client_assertion = {},
                .grant = auth::client_credentials_grant{},
                .scope = std::move(from.scope),
                .parameters = {},
                .allow_plain = from.allow_plain,
                .keep = {}}
    ).authorizer();
}

}  // namespace qry::starburst
