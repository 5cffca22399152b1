#include <qry/kit/http/url.hpp>

#include <curl/curl.h>

#include <charconv>
#include <memory>

namespace qry::http {

namespace {

struct url_end {
    void operator()(CURLU* u) const noexcept { curl_url_cleanup(u); }
};
using unique_url = std::unique_ptr<CURLU, url_end>;

std::string part(CURLU* of, CURLUPart which, unsigned flags = 0) {
    char* text = nullptr;
    if (curl_url_get(of, which, &text, flags) != CURLUE_OK) return {};
    std::string out = text;
    curl_free(text);
    return out;
}

error bad_url(std::string_view why) {
    return {
        .kind = status::invalid_parameter,
        .message = "a URL " + std::string(why),
        .hint = "Expected http:// or https://, a host and a path."};
}

}  // namespace

result<url_parts> read_url(const std::string& url) {
    const unique_url read(curl_url());
    if (!read || curl_url_set(read.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) {
        return bad_url("cannot be read");
    }
    url_parts out;
    out.scheme = part(read.get(), CURLUPART_SCHEME);
    if (out.scheme != "http" && out.scheme != "https") {
        return bad_url("has the scheme \"" + out.scheme.substr(0, 20) + "\"");
    }
    if (!part(read.get(), CURLUPART_USER).empty() ||
        !part(read.get(), CURLUPART_PASSWORD).empty()) {
        return bad_url("has user information in it");
    }
    out.host = part(read.get(), CURLUPART_HOST);
    if (out.host.starts_with('[')) out.host = out.host.substr(1, out.host.size() - 2);
    for (char& c : out.host)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    const std::string port = part(read.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
    std::from_chars(port.data(), port.data() + port.size(), out.port);
    out.path = part(read.get(), CURLUPART_PATH);
    out.query = part(read.get(), CURLUPART_QUERY);
    if (out.host.empty() || out.port == 0) return bad_url("has no host");
    return out;
}

std::string resolve_url(const std::string& base, const std::string& location) {
    const unique_url read(curl_url());
    if (!read || curl_url_set(read.get(), CURLUPART_URL, base.c_str(), 0) != CURLUE_OK ||
        curl_url_set(read.get(), CURLUPART_URL, location.c_str(), CURLU_NON_SUPPORT_SCHEME) !=
            CURLUE_OK) {
        return {};
    }
    return part(read.get(), CURLUPART_URL);
}

std::string loggable(const url_parts& url, bool secret) {
    const bool six = url.host.find(':') != std::string::npos;
    std::string out = url.scheme + "://" + (six ? '[' + url.host + ']' : url.host) + ':' +
                      std::to_string(url.port);
    return out + (secret ? "/…" : url.path);
}

}  // namespace qry::http
