#include "base64url.hpp"

#include <qry/kit/text/base64.hpp>

namespace qry::credential {

std::string base64url_encode(std::span<const std::uint8_t> bytes) {
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return text::encode_base64(text, text::base64_alphabet::url);
}

std::optional<std::vector<std::uint8_t>> base64url_decode(std::string_view text) {
    std::vector<std::uint8_t> bytes(text::base64_room(text.size()));
    const auto size = text::decode_base64(
        text, reinterpret_cast<char*>(bytes.data()), text::base64_alphabet::url
    );
    if (!size) return std::nullopt;
    bytes.resize(*size);
    return bytes;
}

}  // namespace qry::credential
