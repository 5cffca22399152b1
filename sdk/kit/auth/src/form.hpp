// Requests that hold secrets: forms, and what is wiped when they were sent.
#pragma once

#include <string>
#include <string_view>

#include <qry/kit/http/client.hpp>
#include <qry/kit/http/url.hpp>
#include <qry/kit/text/percent.hpp>
#include <qry/result.hpp>
#include <qry/secret.hpp>

#include "wiped.hpp"

namespace qry::auth {

// application/x-www-form-urlencoded.
class form {
public:
    void add(std::string_view name, std::string_view value) {
        const wiped_text escaped(text::percent_encode(value));
        text_ = join(
            {text_.reveal(),
             text_.empty() ? "" : "&",
             text::percent_encode(name),
             "=",
             escaped.text}
        );
    }
    [[nodiscard]] std::string_view text() const noexcept { return text_.reveal(); }

private:
    secret text_;
};

// A POST to somebody who hands out credentials. Its client's own authorization is left out.
struct credential_request {
    credential_request(const std::string& url, const form& fields, std::int64_t deadline_ns) {
        http.method = "POST";
        http.url = url;
        http.headers = {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}};
        http.body = fields.text();
        http.anonymous = true;
        http.deadline_ns = deadline_ns;
        // More than any token; an answer that is longer is another document.
        http.max_body = std::size_t{1} << 20;
    }
    credential_request(const credential_request&) = delete;
    credential_request& operator=(const credential_request&) = delete;
    ~credential_request() {
        wipe(http.body.data(), http.body.size());
        for (http::header& h : http.headers)
            wipe(h.value.data(), h.value.size());
    }

    http::request http;
};

// The parts of an address that secrets are sent to; invalid_parameter unless it is https, or http
// and `allow_plain`.
[[nodiscard]] inline result<http::url_parts> read_endpoint(
    const std::string& url, bool allow_plain
) {
    auto parts = http::read_url(url);
    if (parts && parts->scheme != "https" && !allow_plain) {
        return error{
            .kind = status::invalid_parameter,
            .message = "credentials are not sent in clear text to " + http::loggable(*parts, false),
            .hint = "Give an https:// URL."};
    }
    return parts;
}

// An answer that says nothing about the login: it may be another one soon.
[[nodiscard]] constexpr bool is_passing(int http_status) noexcept {
    return http_status >= 500 || http_status == 429 || http_status == 408;
}

}  // namespace qry::auth
