// What a server says about a refusal, fit for an error.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace qry::auth {

// Valid UTF-8 of at most 500 bytes without control characters; each of `secrets` is blotted out,
// as it is and as a form escapes it.
[[nodiscard]] std::string server_words(
    std::string_view text, const std::vector<std::string_view>& secrets
);

}  // namespace qry::auth
