#include <qry/kit/auth/sigv4.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <map>

#include <qry/kit/text/hex.hpp>
#include <qry/kit/text/trim.hpp>

#include "aws_url.hpp"
#include "digest.hpp"
#include "wiped.hpp"

namespace qry::auth {

namespace {

constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";

// Written by sign_sigv4 itself.
constexpr std::array<std::string_view, 4> own_headers{
    "authorization", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"};
// What proxies and libcurl may change on the way.
constexpr std::array<std::string_view, 7> unsigned_headers{
    "connection",
    "expect",
    "proxy-authorization",
    "te",
    "transfer-encoding",
    "user-agent",
    "x-amzn-trace-id"};

error unsignable(std::string why) {
    return {.kind = status::invalid_parameter, .message = "a request to AWS " + std::move(why)};
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return out;
}

template <std::size_t N>
bool among(const std::array<std::string_view, N>& names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

// Without blanks at the ends, and one space for each run of them.
std::string canonical_value(std::string_view value) {
    std::string out;
    for (const char c : text::trimmed(value)) {
        const bool blank = c == ' ' || c == '\t';
        if (!blank) {
            out += c;
        } else if (!out.ends_with(' ')) {
            out += ' ';
        }
    }
    return out;
}

struct signed_headers {
    // "host:example.com\n…"
    std::string lines;
    // "host;x-amz-date"
    std::string names;
};

signed_headers sort_headers(const http::request& what, const std::string& host) {
    // Sorted by name; the values of one name stay in their order.
    std::map<std::string, std::string> sorted;
    for (const http::header& h : what.headers) {
        const std::string name = lower(h.name);
        if (among(unsigned_headers, name)) continue;
        const auto [at, first] = sorted.try_emplace(name, canonical_value(h.value));
        if (!first) at->second += ',' + canonical_value(h.value);
    }
    sorted.try_emplace("host", host);
    signed_headers out;
    for (const auto& [name, value] : sorted) {
        out.lines += name + ':' + value + '\n';
        if (!out.names.empty()) out.names += ';';
        out.names += name;
    }
    return out;
}

// "20150830T123600Z"
std::string time_text(std::chrono::sys_seconds at) {
    const auto day = std::chrono::floor<std::chrono::days>(at);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(at - day);
    std::array<char, 64> text{};
    std::snprintf(
        text.data(),
        text.size(),
        "%04d%02u%02uT%02d%02d%02dZ",
        static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()),
        static_cast<unsigned>(date.day()),
        static_cast<int>(time.hours().count()),
        static_cast<int>(time.minutes().count()),
        static_cast<int>(time.seconds().count())
    );
    return text.data();
}

result<void> check(const http::request& what, const aws_keys& keys, const aws_scope& scope) {
    if (keys.access_key_id.empty() || keys.secret_access_key.empty()) {
        return unsignable("cannot be signed without an access key and its secret");
    }
    if (scope.region.empty() || scope.service.empty()) {
        return unsignable("cannot be signed without a region and a service");
    }
    const auto ends_line = [](std::string_view text) {
        return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
    };
    for (const http::header& h : what.headers) {
        if (h.name.empty() || ends_line(h.name) || ends_line(h.value)) {
            return unsignable("has a header without a name, or with a line end in it");
        }
    }
    if (ends_line(keys.access_key_id) || ends_line(keys.session_token.reveal())) {
        return unsignable("cannot be signed with keys that have a line end in them");
    }
    return {};
}

// Gives the hash of the body, in the form that is signed.
std::string put_own_headers(
    http::request& what, const aws_keys& keys, const aws_scope& scope, const std::string& when
) {
    std::erase_if(what.headers, [](const http::header& h) {
        return among(own_headers, lower(h.name));
    });
    what.headers.push_back({"X-Amz-Date", when});
    if (!keys.session_token.empty()) {
        what.headers.push_back({"X-Amz-Security-Token", std::string(keys.session_token.reveal())});
    }
    std::string hash =
        scope.payload == aws_payload::not_signed ? "UNSIGNED-PAYLOAD" : sha256_hex(what.body);
    if (scope.payload != aws_payload::hashed) {
        what.headers.push_back({"X-Amz-Content-Sha256", hash});
    }
    return hash;
}

}  // namespace

secret sigv4_signing_key(
    const secret& secret_access_key, std::string_view day, const aws_scope& scope
) {
    const secret start = join({"AWS4", secret_access_key.reveal()});
    const secret of_day = hmac_sha256(start, day);
    const secret of_region = hmac_sha256(of_day, scope.region);
    return hmac_sha256(hmac_sha256(of_region, scope.service), "aws4_request");
}

result<sigv4_steps> sign_sigv4(
    http::request& what, const aws_keys& keys, const aws_scope& scope, std::chrono::sys_seconds at
) {
    if (auto good = check(what, keys, scope); !good) return std::move(good).error();
    auto url = read_aws_url(what.url);
    if (!url) return std::move(url).error();
    const std::string when = time_text(at);
    const std::string day = when.substr(0, 8);
    what.url = url->text;
    const std::string hash = put_own_headers(what, keys, scope, when);
    const signed_headers headers = sort_headers(what, url->host);
    sigv4_steps out;
    out.canonical_request = what.method + '\n' + canonical_path(url->path, scope.path) + '\n' +
                            url->query + '\n' + headers.lines + '\n' + headers.names + '\n' + hash;
    const std::string within = day + '/' + scope.region + '/' + scope.service + "/aws4_request";
    out.string_to_sign = std::string(algorithm) + '\n' + when + '\n' + within + '\n' +
                         sha256_hex(out.canonical_request);
    const secret key = sigv4_signing_key(keys.secret_access_key, day, scope);
    const secret signature = hmac_sha256(key, out.string_to_sign);
    what.headers.push_back(
        {"Authorization",
         std::string(algorithm) + " Credential=" + keys.access_key_id + '/' + within +
             ", SignedHeaders=" + headers.names +
             ", Signature=" + text::hex_text(signature.reveal())}
    );
    return out;
}

}  // namespace qry::auth
