#include "aws_url.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <qry/kit/text/hex.hpp>
#include <qry/kit/text/percent.hpp>

namespace qry::auth {

namespace {

error unsignable_url(std::string_view why) {
    return {
        .kind = status::invalid_parameter,
        .message = "a URL cannot be signed: " + std::string(why)};
}

std::optional<std::string> unescape(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        if (text.size() - i < 3) return std::nullopt;
        const int high = text::hex_digit(text[i + 1]);
        const int low = text::hex_digit(text[i + 2]);
        if (high < 0 || low < 0) return std::nullopt;
        out += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return out;
}

// Any escapes in, the necessary ones out. Nothing = a bad escape.
std::optional<std::string> normalise(std::string_view text) {
    const auto plain = unescape(text);
    if (!plain) return std::nullopt;
    return text::percent_encode(*plain);
}

// An escaped slash is part of its segment, which is why segments are normalised one by one.
std::optional<std::string> normalise_path(std::string_view path) {
    std::string out;
    for (std::size_t at = 0; at <= path.size();) {
        const std::size_t end = std::min(path.find('/', at), path.size());
        const auto segment = normalise(path.substr(at, end - at));
        if (!segment) return std::nullopt;
        out += *segment;
        if (end < path.size()) out += '/';
        at = end + 1;
    }
    return out;
}

// By name, then by value: not the same order as that of the joined texts, where '-' is before '='.
result<std::string> normalise_query(std::string_view query) {
    if (query.find('+') != std::string_view::npos) {
        return unsignable_url("a plus in its query means a space to some readers; write %20 or %2B"
        );
    }
    std::vector<std::pair<std::string, std::string>> parameters;
    for (std::size_t at = 0; at < query.size();) {
        const std::size_t end = std::min(query.find('&', at), query.size());
        const std::string_view one = query.substr(at, end - at);
        at = end + 1;
        if (one.empty()) continue;
        const std::size_t equals = std::min(one.find('='), one.size());
        auto name = normalise(one.substr(0, equals));
        auto value = normalise(one.substr(std::min(equals + 1, one.size())));
        if (!name || !value) return unsignable_url("its query has a '%' without two digits");
        parameters.emplace_back(std::move(*name), std::move(*value));
    }
    std::ranges::sort(parameters);
    std::string out;
    for (const auto& [name, value] : parameters) {
        if (!out.empty()) out += '&';
        out += name + '=' + value;
    }
    return out;
}

}  // namespace

result<aws_url> read_aws_url(const std::string& url) {
    auto parts = http::read_url(url);
    if (!parts) return std::move(parts).error();
    const auto path = normalise_path(parts->path);
    if (!path) return unsignable_url("its path has a '%' without two digits");
    auto query = normalise_query(parts->query);
    if (!query) return std::move(query).error();
    const bool six = parts->host.find(':') != std::string::npos;
    aws_url out{.host = six ? '[' + parts->host + ']' : parts->host};
    if (parts->port != (parts->scheme == "https" ? 443 : 80)) {
        out.host += ':' + std::to_string(parts->port);
    }
    out.path = path->empty() ? "/" : *path;
    out.query = std::move(*query);
    out.text = parts->scheme + "://" + out.host + out.path;
    if (!out.query.empty()) out.text += '?' + out.query;
    return out;
}

std::string canonical_path(const std::string& path, aws_path how) {
    if (how == aws_path::as_sent) return path;
    std::string without;
    for (const char c : path) {
        if (c != '/' || !without.ends_with('/')) without += c;
    }
    return text::percent_encode(without, "/");
}

}  // namespace qry::auth
