// What libcurl says went wrong, as an error.
#pragma once

#include <curl/curl.h>

#include <string_view>

#include <qry/kit/http/url.hpp>
#include <qry/result.hpp>

namespace qry::http {

// `words` is libcurl's own message, which may be empty. It names hosts and certificates, no query
// strings; with `secret` it is left out.
[[nodiscard]] error transfer_error(
    CURLcode code, std::string_view words, const url_parts& where, bool secret
);

// Nothing of the answer was seen yet, so that a repeatable request may be sent again.
[[nodiscard]] bool broke_early(CURLcode code) noexcept;

}  // namespace qry::http
