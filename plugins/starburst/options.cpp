#include "options.hpp"

#include <array>
#include <charconv>

#include <qry/kit/text/duration.hpp>
#include <qry/kit/text/trim.hpp>

namespace qry::starburst {

namespace {

struct login_name {
    std::string_view text;
    login how;
};
constexpr std::array logins{
    login_name{"none", login::none},
    login_name{"basic", login::basic},
    login_name{"jwt", login::jwt},
    login_name{"oauth2", login::oauth2},
    login_name{"kerberos", login::kerberos},
    login_name{"certificate", login::certificate}};

// "a=1;b=2" or "a=1,b=2": one kind of separator in a list.
result<std::map<std::string, std::string, std::less<>>> read_pairs(
    std::string_view parameter, std::string_view text
) {
    std::map<std::string, std::string, std::less<>> out;
    const char separator = text.find(';') != std::string_view::npos ? ';' : ',';
    while (!text::trimmed(text).empty()) {
        const std::size_t end = std::min(text.find(separator), text.size());
        const std::string_view entry = text::trimmed(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (entry.empty()) continue;
        const std::size_t equals = entry.find('=');
        if (equals == 0 || equals == std::string_view::npos) {
            return invalid_parameter(
                std::string(parameter),
                std::string(parameter) + " has an entry without a name and '='",
                "Write name=value, and ';' between entries."
            );
        }
        out[std::string(text::trimmed(entry.substr(0, equals)))] =
            text::trimmed(entry.substr(equals + 1));
    }
    return out;
}

// "hive=analyst;system=ALL": a bare name is a role's.
result<void> read_roles(const parameters& params, session_state& state) {
    auto pairs = read_pairs("roles", params.get("roles", ""));
    if (!pairs) return std::move(pairs).error();
    for (auto& [catalog, role] : *pairs) {
        const bool word = role == "ALL" || role == "NONE" || role.starts_with("ROLE{");
        state.roles[catalog] = word ? role : "ROLE{" + role + '}';
    }
    return {};
}

result<void> read_token_service(const parameters& params, call of, token_service& out) {
    out.url = params.get("oauth2TokenUrl", "");
    out.client_id = params.get("oauth2ClientId", "");
    out.client_secret = of.read_secret("oauth2ClientSecret");
    out.scope = params.get("oauth2Scope", "");
    out.allow_plain = params.get("allow_plain_login", "false") == "true";
    if (out.url.empty()) {
        return invalid_parameter(
            "accessToken",
            "auth is oauth2, but neither accessToken nor oauth2TokenUrl is given",
            "Give a token, or oauth2TokenUrl, oauth2ClientId and oauth2ClientSecret to fetch one."
        );
    }
    if (out.client_id.empty()) {
        return invalid_parameter(
            "oauth2ClientId",
            "oauth2ClientId is missing, but oauth2TokenUrl is given",
            "Give the id under which the identity provider knows this client."
        );
    }
    if (out.client_secret.empty()) {
        return invalid_parameter(
            "oauth2ClientSecret",
            "oauth2ClientSecret is missing, but oauth2TokenUrl is given",
            "Give the secret that goes with oauth2ClientId."
        );
    }
    return {};
}

result<void> read_login(const parameters& params, call of, connect_options& out) {
    const std::string_view how = params.get("auth", "none");
    for (const login_name& l : logins) {
        if (l.text == how) out.how = l.how;
    }
    out.password = of.read_secret("password");
    out.access_token = of.read_secret("accessToken");
    const bool secret_login =
        out.how == login::basic || out.how == login::jwt || out.how == login::oauth2;
    if (secret_login && out.scheme == "http" &&
        params.get("allow_plain_login", "false") != "true") {
        return invalid_parameter(
            "http_scheme",
            "http_scheme is http, so the " + std::string(how) + " login would be sent in the open",
            "Set http_scheme=https, or allow_plain_login=true on a network that you trust."
        );
    }
    if (out.how == login::basic && out.user.empty()) {
        return invalid_parameter(
            "user", "user is empty, but auth is basic", "Give the user's name."
        );
    }
    if (!out.access_token.empty()) return {};
    if (out.how == login::jwt) {
        return invalid_parameter(
            "accessToken", "accessToken is missing, but auth is jwt", "Give the token."
        );
    }
    return out.how == login::oauth2 ? read_token_service(params, of, out.tokens) : result<void>();
}

result<void> read_http(const parameters& params, call of, connect_options& out) {
    http::options& h = out.http;
    const std::string_view verify = params.get("SSLVerification", "FULL");
    h.tls.verify = verify == "NONE" ? http::verify_peer::none
                   : verify == "CA" ? http::verify_peer::chain
                                    : http::verify_peer::full;
    h.tls.ca_file = params.get("SSLTrustStorePath", "");
    h.tls.certificate_file = params.get("cert", "");
    h.tls.key_file = params.get("SSLKeyStorePath", "");
    h.tls.key_password = of.read_secret("SSLKeyStorePassword");
    if (out.how == login::certificate && h.tls.certificate_file.empty()) {
        return invalid_parameter(
            "cert", "cert is missing, but auth is certificate", "Name the PEM file."
        );
    }
    h.proxy = params.get("proxy", "");
    h.proxy_password = of.read_secret("proxy_password");
    h.user_agent = "qry-starburst/0.1.0";
    h.compressed = params.get("disableCompression", "false") != "true";
    h.negotiate = out.how == login::kerberos;
    h.negotiate_service = params.get("KerberosRemoteServiceName", "HTTP");
    auto timeout = text::parse_duration(params.get("connect_timeout", "15"), "connect_timeout");
    if (!timeout) return std::move(timeout).error();
    h.connect_timeout = std::chrono::ceil<std::chrono::milliseconds>(*timeout);
    auto silence = text::parse_duration(params.get("request_timeout", "30"), "request_timeout");
    if (!silence) return std::move(silence).error();
    h.silence_timeout = std::chrono::ceil<std::chrono::milliseconds>(*silence);
    return {};
}

}  // namespace

std::string connect_options::origin() const {
    const bool six = host.find(':') != std::string::npos && !host.starts_with('[');
    return scheme + "://" + (six ? '[' + host + ']' : host) + ':' + std::to_string(port);
}

result<connect_options> read_connect_options(const parameters& params, call of) {
    connect_options out;
    out.host = params.get("host", "");
    if (out.host.empty())
        return invalid_parameter("host", "host is empty", "Give the coordinator's name.");
    out.scheme = params.get("http_scheme", "https");
    const std::string_view port = params.get("port", out.scheme == "http" ? "8080" : "443");
    const auto [end, failure] = std::from_chars(port.data(), port.data() + port.size(), out.port);
    if (failure != std::errc() || end != port.data() + port.size() || out.port == 0) {
        return invalid_parameter(
            "port",
            "port is \"" + std::string(port) + "\"; expected a number from 1 to 65535",
            "Trino listens on 8080 by default, behind TLS on 443 or 8443."
        );
    }
    out.user = params.get("user", "");
    auto read = read_login(params, of, out);
    if (read) read = read_http(params, of, out);
    if (read) read = read_roles(params, out.initial);
    if (!read) return std::move(read).error();
    out.source = params.get("source", "qry");
    out.client_tags = params.get("clientTags", "");
    out.client_info = params.get("clientInfo", "");
    out.timezone = params.get("timezone", "");
    out.encoding = params.get("encoding", "json+zstd,json+lz4,json");
    if (out.encoding == "none") out.encoding.clear();
    out.initial.catalog = params.get("catalog", "");
    out.initial.schema = params.get("schema", "");
    out.initial.path = params.get("path", "");
    out.only_catalog = out.initial.catalog;
    auto properties = read_pairs("sessionProperties", params.get("sessionProperties", ""));
    if (!properties) return std::move(properties).error();
    out.initial.properties = std::move(*properties);
    const secret credentials = of.read_secret("extraCredentials");
    auto pairs = read_pairs("extraCredentials", credentials.reveal());
    if (!pairs) return std::move(pairs).error();
    std::string joined = join_pairs(*pairs);
    out.extra_credentials = secret(joined);
    wipe(joined.data(), joined.size());
    return out;
}

std::vector<http::header> fixed_headers(const connect_options& options) {
    std::vector<http::header> out;
    const auto add = [&](const char* name, std::string value) {
        if (!value.empty()) out.push_back({name, std::move(value)});
    };
    add("X-Trino-User", options.user);
    add("X-Trino-Source", options.source);
    add("X-Trino-Client-Tags", options.client_tags);
    add("X-Trino-Client-Info", options.client_info);
    add("X-Trino-Time-Zone", options.timezone);
    // Without it times are cut to milliseconds; sets of headers that name a session's state are
    // sent only to who says that it can keep them.
    add("X-Trino-Client-Capabilities", "PARAMETRIC_DATETIME,PATH,SESSION_AUTHORIZATION");
    add("X-Trino-Query-Data-Encoding", options.encoding);
    add("X-Trino-Extra-Credential", std::string(options.extra_credentials.reveal()));
    return out;
}

}  // namespace qry::starburst
