#include "options.hpp"

#include <array>
#include <charconv>
#include <cmath>

#include <qry/kit/text/duration.hpp>

namespace qry::postgresql {

namespace {

// Passed on to libpq by the same name; what is missing here is handled below.
constexpr std::array passed_on{
    "dbname",
    "user",
    "passfile",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "sslcrl",
    "sslsni",
    "ssl_min_protocol_version",
    "ssl_max_protocol_version",
    "requirepeer",
    "krbsrvname",
    "channel_binding",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_count",
    "tcp_user_timeout",
    "application_name"};

// A value inside the startup parameter "options" is split at spaces unless they are escaped.
std::string escape_option(std::string_view value) {
    std::string out;
    for (const char c : value) {
        if (c == ' ' || c == '\\' || c == '\t' || c == '\n') out += '\\';
        out += c;
    }
    return out;
}

result<std::string> read_session_options(const parameters& params) {
    std::string out(params.get("options", ""));
    const std::string_view path = params.get("search_path", "");
    if (!path.empty()) {
        if (!out.empty()) out += ' ';
        out += "-csearch_path=" + escape_option(path);
    }
    const std::string_view limit = params.get("statement_timeout", "");
    if (!limit.empty()) {
        auto span = text::parse_duration(limit, "statement_timeout");
        if (!span) return std::move(span).error();
        const auto ms = std::chrono::ceil<std::chrono::milliseconds>(*span).count();
        if (ms > std::numeric_limits<std::int32_t>::max()) {
            return invalid_parameter(
                "statement_timeout",
                "statement_timeout is " + std::string(limit) +
                    ", but the server takes at most "
                    "2147483647 ms",
                "Give at most 24 days."
            );
        }
        if (!out.empty()) out += ' ';
        out += "-cstatement_timeout=" + std::to_string(ms);
    }
    return out;
}

// "(12, 2)" after the word decimal.
bool read_precision(std::string_view text, numeric_mode& mode) {
    if (text.size() < 3 || text.front() != '(' || text.back() != ')') return false;
    text = text.substr(1, text.size() - 2);
    const std::size_t comma = text.find(',');
    const auto number = [](std::string_view t, int& out) {
        while (!t.empty() && t.front() == ' ')
            t.remove_prefix(1);
        while (!t.empty() && t.back() == ' ')
            t.remove_suffix(1);
        const auto [end, failure] = std::from_chars(t.data(), t.data() + t.size(), out);
        return failure == std::errc() && end == t.data() + t.size();
    };
    mode.scale = 0;
    if (!number(text.substr(0, comma), mode.precision)) return false;
    if (comma != std::string_view::npos && !number(text.substr(comma + 1), mode.scale)) {
        return false;
    }
    return mode.precision >= 1 && mode.precision <= 76 && mode.scale >= 0 &&
           mode.scale <= mode.precision;
}

}  // namespace

result<numeric_mode> read_numeric_mode(std::string_view text) {
    numeric_mode mode;
    if (text == "text") return mode;
    if (text == "double") {
        mode.how = numeric_mode::kind::floating;
        return mode;
    }
    mode.how = numeric_mode::kind::decimal;
    if (text.starts_with("decimal") && read_precision(text.substr(7), mode)) return mode;
    return invalid_parameter(
        "numeric",
        "numeric is \"" + std::string(text) + "\"; expected text, double or decimal(p,s)",
        "For example decimal(38,6): at most 76 digits, and a scale of at most the precision."
    );
}

result<infinity_mode> read_infinity_mode(std::string_view text) {
    if (text == "error") return infinity_mode::error;
    if (text == "null") return infinity_mode::null;
    return invalid_parameter(
        "infinity",
        "infinity is \"" + std::string(text) + "\"; expected error or null",
        "null turns infinite dates and timestamps into NULL."
    );
}

result<decode_options> read_query_options(
    const parameters& options, decode_options defaults, std::string_view driver
) {
    for (const qry_param& option : options) {
        const std::string_view name = option.name;
        if (name == "numeric") {
            auto mode = read_numeric_mode(option.value);
            if (!mode) return std::move(mode).error();
            defaults.numeric = *mode;
        } else if (name == "infinity") {
            auto mode = read_infinity_mode(option.value);
            if (!mode) return std::move(mode).error();
            defaults.infinity = *mode;
        } else {
            return invalid_parameter(
                std::string(name),
                "the " + std::string(driver) + " driver has no query option \"" +
                    std::string(name) + "\"",
                "It knows numeric (text, double, decimal(p,s)) and infinity (error, null)."
            );
        }
    }
    return defaults;
}

result<connect_options> read_connect_options(const parameters& params, call of) {
    connect_options out;
    out.hosts = params.get("host", "");
    out.addresses = params.get("hostaddr", "");
    out.ports = params.get("port", "5432");
    out.service = params.get("service", "");
    out.sslmode = params.get("sslmode", "prefer");
    out.target = params.get("target_session_attrs", "any");
    if (params.get("gssencmode", "prefer") == "require") {
        return invalid_parameter(
            "gssencmode",
            "gssencmode is require, but this driver encrypts with TLS only",
            "Leave gssencmode out and set sslmode=require or stronger; Kerberos logins still work."
        );
    }
    auto timeout = text::parse_duration(params.get("connect_timeout", "10"), "connect_timeout");
    if (!timeout) return std::move(timeout).error();
    out.connect_timeout = *timeout;
    const std::string_view cache = params.get("statement_cache_size", "100");
    std::from_chars(cache.data(), cache.data() + cache.size(), out.statement_cache);
    auto numeric = read_numeric_mode(params.get("numeric", "text"));
    if (!numeric) return std::move(numeric).error();
    out.decode.numeric = *numeric;
    auto infinity = read_infinity_mode(params.get("infinity", "error"));
    if (!infinity) return std::move(infinity).error();
    out.decode.infinity = *infinity;
    for (const char* name : passed_on) {
        const char* value = params.find(name);
        if (value != nullptr && *value != '\0') out.plain.emplace_back(name, value);
    }
    auto session = read_session_options(params);
    if (!session) return std::move(session).error();
    if (!session->empty()) out.plain.emplace_back("options", std::move(*session));
    out.password = of.read_secret("password");
    out.key_password = of.read_secret("sslpassword");
    return out;
}

}  // namespace qry::postgresql
