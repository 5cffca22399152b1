// SHA-256 and HMAC-SHA-256 (FIPS 180-4, RFC 2104): 32 bytes each.
#pragma once

#include <string>
#include <string_view>

#include <qry/secret.hpp>

namespace qry::auth {

[[nodiscard]] std::string sha256(std::string_view bytes);
// In lower-case digits.
[[nodiscard]] std::string sha256_hex(std::string_view bytes);
[[nodiscard]] secret hmac_sha256(const secret& key, std::string_view bytes);

}  // namespace qry::auth
