#include "login.hpp"

#include <openssl/evp.h>

#include <array>
#include <memory>
#include <span>
#include <vector>

#include <qry/kit/text/hex.hpp>

#include "postgresql/bytes.hpp"
#include "postgresql/error.hpp"
#include "postgresql/messages.hpp"

namespace qry::redshift {

namespace {

using postgresql::byte_reader;
using postgresql::frame;
using postgresql::output_buffer;

constexpr std::int32_t protocol_3_0 = 196608;

// Of AuthenticationRequest.
constexpr std::int32_t auth_ok = 0;
constexpr std::int32_t auth_plain = 3;
constexpr std::int32_t auth_md5 = 5;
constexpr std::int32_t auth_digest = 13;
constexpr std::int32_t auth_token = 14;

// Of auth_digest: the only algorithm that is known.
constexpr std::int32_t sha256 = 0;

struct free_context {
    void operator()(EVP_MD_CTX* c) const noexcept { EVP_MD_CTX_free(c); }
};

// Empty when OpenSSL does not have the algorithm (a FIPS build has no MD5).
std::string digest(const EVP_MD* algorithm, std::initializer_list<std::string_view> parts) {
    const std::unique_ptr<EVP_MD_CTX, free_context> context(EVP_MD_CTX_new());
    std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
    unsigned size = 0;
    if (!context || EVP_DigestInit_ex(context.get(), algorithm, nullptr) != 1) return {};
    for (const std::string_view part : parts) {
        if (EVP_DigestUpdate(context.get(), part.data(), part.size()) != 1) return {};
    }
    if (EVP_DigestFinal_ex(context.get(), out.data(), &size) != 1) return {};
    return {reinterpret_cast<const char*>(out.data()), size};
}

std::string_view as_text(std::span<const std::uint8_t> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

void login::begin(output_buffer& out) const {
    out.begin(0);
    out.put32(protocol_3_0);
    const auto add = [&out](std::string_view name, std::string_view value) {
        out.put_name(name);
        out.put_name(value);
    };
    add("user", who_.user);
    add("database", who_.database);
    if (!who_.application_name.empty()) add("application_name", who_.application_name);
    // 0: numerics, dates and times come as text, whose form is documented.
    add("client_protocol_version", "0");
    add("driver_version", "QRY 0.1.0");
    if (who_.token != nullptr) {
        add("idp_type", "AwsIdc");
        if (!who_.token_type.empty()) add("token_type", who_.token_type);
        if (!who_.identity_namespace.empty()) add("identity_namespace", who_.identity_namespace);
    }
    out.put8(0);
    out.end();
}

login::state login::fail(error why) {
    failure_ = std::move(why);
    return state::failed;
}

std::string login::setting(const std::string& name) const {
    const auto found = settings_.find(name);
    return found != settings_.end() ? found->second : std::string();
}

login::state login::take(const frame& f, output_buffer& out) {
    switch (f.type) {
        case 'R':
            return authenticate(f, out);
        case 'S': {
            const auto s = postgresql::read_parameter_status(f.body);
            if (!s) return fail(postgresql::protocol_broken("a parameter that cannot be read"));
            settings_[std::string(s->name)] = s->value;
            return state::going;
        }
        case 'K': {
            byte_reader in(f.body);
            const auto process = in.take<std::int32_t>();
            const auto word = in.take<std::int32_t>();
            if (!in.finished()) return fail(postgresql::protocol_broken("a cancel key"));
            key_ = postgresql::cancel_key{process, word};
            return state::going;
        }
        case 'E': {
            const auto message = postgresql::read_server_message(f.body);
            if (!message) return fail(postgresql::protocol_broken("an error that cannot be read"));
            error why = postgresql::make_error(*message, false);
            if (why.kind == status::query_error) why.kind = status::connection_failed;
            if (why.sqlstate.starts_with("28")) {
                why.hint =
                    "Check user and password; the server does not say which of them is wrong.";
            } else if (why.sqlstate == "3D000") {
                why.kind = status::not_found;
                why.hint = "Check the parameter database.";
            }
            return fail(std::move(why));
        }
        case 'Z':
            if (!accepted_) return fail(postgresql::protocol_broken("ready before the login"));
            return state::ready;
        case 'N':
        case 'v':
            // Notices, and which minor protocol version the server would rather have.
            return state::going;
        default:
            return fail(postgresql::protocol_broken(
                "a message of type '" + std::string(1, f.type) + "' during the login"
            ));
    }
}

login::state login::authenticate(const frame& f, output_buffer& out) {
    byte_reader in(f.body);
    const auto method = in.take<std::int32_t>();
    if (!in.ok()) return fail(postgresql::protocol_broken("a login method that cannot be read"));
    switch (method) {
        case auth_ok:
            accepted_ = true;
            return state::going;
        case auth_plain:
            if (!has_password()) return state::failed;
            if (!encrypted_) {
                return fail(
                    {.kind = status::authentication_failed,
                     .message =
                         "the server wants the password itself, and the connection is plain text",
                     .hint = "Leave ssl switched on."}
                );
            }
            return send_password(who_.password->reveal(), out);
        case auth_md5: {
            const auto salt = in.take_bytes(4);
            if (!in.finished()) return fail(postgresql::protocol_broken("a salt of MD5"));
            if (!has_password()) return state::failed;
            const std::string inner =
                text::hex_text(digest(EVP_md5(), {who_.password->reveal(), who_.user}));
            const std::string outer = digest(EVP_md5(), {inner, as_text(salt)});
            if (outer.empty()) {
                return fail(
                    {.kind = status::authentication_failed,
                     .message =
                         "the server wants an MD5 login, which this system's OpenSSL refuses",
                     .hint = "Let the administrator store the password as SHA-256."}
                );
            }
            return send_password("md5" + text::hex_text(outer), out);
        }
        case auth_digest:
            return send_digest(f.body.subspan(4), out);
        case auth_token:
            return send_token(out);
        default:
            return fail(
                {.kind = status::authentication_failed,
                 .message = "the server wants login method " + std::to_string(method) +
                            ", which this driver does not know",
                 .hint = "It knows passwords (MD5, SHA-256), IAM and identity tokens."}
            );
    }
}

bool login::has_password() {
    if (who_.password != nullptr && !who_.password->empty()) return true;
    failure_ = {
        .kind = status::authentication_failed,
        .message = "the server asks for a password and none was given",
        .hint = "Set password, or iam=true, or token.",
        .parameter = "password"};
    return false;
}

login::state login::send_password(std::string_view text, output_buffer& out) const {
    out.begin('p');
    out.put_name(text);
    out.end();
    return state::going;
}

// algorithm, salt, server's nonce; answered by H(H(password, salt), server's nonce, ours) and ours.
login::state login::send_digest(std::span<const std::uint8_t> body, output_buffer& out) {
    byte_reader in(body);
    const auto algorithm = in.take<std::int32_t>();
    const auto salt = in.take_bytes(in.take<std::uint32_t>());
    const auto nonce = in.take_bytes(in.take<std::uint32_t>());
    if (!in.ok()) return fail(postgresql::protocol_broken("a request for a digest"));
    if (algorithm != sha256) {
        return fail(
            {.kind = status::authentication_failed,
             .message = "the server wants digest algorithm " + std::to_string(algorithm) +
                        "; this driver knows 0 (SHA-256)"}
        );
    }
    if (!has_password()) return state::failed;
    const std::string inner = digest(EVP_sha256(), {who_.password->reveal(), as_text(salt)});
    const std::string proof = digest(EVP_sha256(), {inner, as_text(nonce), nonce_});
    out.begin('d');
    out.put32(static_cast<std::int32_t>(proof.size()));
    out.put_text(proof);
    out.put32(static_cast<std::int32_t>(nonce_.size()));
    out.put_text(nonce_);
    out.end();
    return state::going;
}

login::state login::send_token(output_buffer& out) {
    if (who_.token == nullptr) {
        return fail(
            {.kind = status::authentication_failed,
             .message = "the server asks for an identity provider's token and none was given",
             .hint = "Set token, and token_type when it is no access token.",
             .parameter = "token"}
        );
    }
    if (!encrypted_) {
        return fail(
            {.kind = status::authentication_failed,
             .message = "a token is not sent over a connection in plain text",
             .hint = "Leave ssl switched on."}
        );
    }
    // Without a NUL.
    out.begin('i');
    out.put_text(who_.token->reveal());
    out.end();
    return state::going;
}

}  // namespace qry::redshift
