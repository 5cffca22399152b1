// base64url with padding (RFC 4648 §5), strict: no white space, no missing or surplus padding, no
// bits set behind the last byte, nothing of the other alphabet. Each byte string has one text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace qry::credential {

[[nodiscard]] std::string base64url_encode(std::span<const std::uint8_t> bytes);
[[nodiscard]] std::optional<std::vector<std::uint8_t>> base64url_decode(std::string_view text);

}  // namespace qry::credential
