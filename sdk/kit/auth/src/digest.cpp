#include "digest.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <cstdlib>

#include <qry/kit/text/hex.hpp>

namespace qry::auth {

namespace {

using digest_bytes = std::array<unsigned char, 32>;

std::string_view text_of(const digest_bytes& bytes) noexcept {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

// SHA-256 of a buffer cannot fail in a library that works; a signature of zeros would be worse than
// an end.
std::string sha256(std::string_view bytes) {
    digest_bytes out{};
    unsigned size = 0;
    const int done =
        EVP_Digest(bytes.data(), bytes.size(), out.data(), &size, EVP_sha256(), nullptr);
    if (done != 1 || size != out.size()) std::abort();
    return std::string(text_of(out));
}

std::string sha256_hex(std::string_view bytes) {
    return text::hex_text(sha256(bytes));
}

secret hmac_sha256(const secret& key, std::string_view bytes) {
    digest_bytes out{};
    unsigned size = 0;
    const unsigned char* done = HMAC(
        EVP_sha256(),
        key.reveal().data(),
        static_cast<int>(key.size()),
        reinterpret_cast<const unsigned char*>(bytes.data()),
        bytes.size(),
        out.data(),
        &size
    );
    if (done == nullptr || size != out.size()) std::abort();
    secret mac{text_of(out)};
    wipe(out.data(), out.size());
    return mac;
}

}  // namespace qry::auth
