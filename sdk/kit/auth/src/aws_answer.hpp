// What all requests to AWS's query services share.
#pragma once

#include <chrono>
#include <string_view>
#include <vector>

#include <qry/kit/auth/sigv4.hpp>
#include <qry/kit/http/client.hpp>
#include <qry/kit/http/url.hpp>

#include "form.hpp"

namespace qry::auth {

[[nodiscard]] result<void> sign_credential_request(
    credential_request& what,
    const aws_keys& keys,
    const aws_scope& scope,
    std::chrono::sys_seconds at
);

// An answer other than 200, whether its body is XML (<Code>, <Message>) or JSON (__type, message).
// `service`: "STS". Each of `secrets` is blotted out of the words.
[[nodiscard]] error aws_refusal(
    std::string_view service,
    const http::url_parts& where,
    const http::response& answer,
    const std::vector<std::string_view>& secrets
);

}  // namespace qry::auth
