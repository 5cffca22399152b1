#include "fernet.hpp"

#include "base64url.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <span>
#include <vector>

namespace qry::credential {

namespace {

constexpr std::uint8_t version_byte = 0x80;
constexpr std::size_t header_size = 1 + 8 + 16;
constexpr std::size_t block_size = 16;
constexpr std::size_t mac_size = 32;

struct cipher_deleter {
    void operator()(EVP_CIPHER_CTX* context) const noexcept { EVP_CIPHER_CTX_free(context); }
};
using cipher_context = std::unique_ptr<EVP_CIPHER_CTX, cipher_deleter>;
using mac = std::array<std::uint8_t, mac_size>;

// Plain text on its way; wiped whichever way the function is left.
struct wiped_buffer {
    explicit wiped_buffer(std::size_t size) : bytes(size) {}
    wiped_buffer(const wiped_buffer&) = delete;
    wiped_buffer& operator=(const wiped_buffer&) = delete;
    ~wiped_buffer() { wipe(bytes.data(), bytes.size()); }
    std::vector<std::uint8_t> bytes;
};

const std::uint8_t* bytes_of(std::string_view text) {
    return reinterpret_cast<const std::uint8_t*>(text.data());
}

bool sign(const fernet_key& key, std::span<const std::uint8_t> what, mac& out) {
    unsigned size = 0;
    return HMAC(EVP_sha256(), key.signing(), 16, what.data(), what.size(), out.data(), &size) !=
               nullptr &&
           size == out.size();
}

error library_failure() {
    return {
        .kind = status::resource_limit,
        .message = "the cryptography library could not seal a secret",
        .hint = "check the memory of the process and the OpenSSL installation (`openssl version`)",
        .from = origin::host};
}

// Appends the cipher text; false when the library fails.
bool encrypt_into(
    std::vector<std::uint8_t>& token,
    const fernet_key& key,
    std::string_view plain,
    const fernet_iv& iv
) {
    const cipher_context context(EVP_CIPHER_CTX_new());
    if (!context) return false;
    if (EVP_EncryptInit_ex(
            context.get(), EVP_aes_128_cbc(), nullptr, key.encryption(), iv.data()
        ) != 1)
        return false;
    const std::size_t start = token.size();
    token.resize(start + plain.size() + block_size);
    int body = 0;
    int tail = 0;
    if (EVP_EncryptUpdate(
            context.get(),
            token.data() + start,
            &body,
            bytes_of(plain),
            static_cast<int>(plain.size())
        ) != 1)
        return false;
    if (EVP_EncryptFinal_ex(context.get(), token.data() + start + body, &tail) != 1) return false;
    token.resize(start + static_cast<std::size_t>(body + tail));
    return true;
}

// The header and the MAC were checked before.
std::optional<secret> decrypt_body(
    const fernet_key& key, const std::uint8_t* iv, std::span<const std::uint8_t> body
) {
    const cipher_context context(EVP_CIPHER_CTX_new());
    if (!context) return std::nullopt;
    if (EVP_DecryptInit_ex(context.get(), EVP_aes_128_cbc(), nullptr, key.encryption(), iv) != 1)
        return std::nullopt;
    wiped_buffer plain(body.size() + block_size);
    int written = 0;
    int tail = 0;
    if (EVP_DecryptUpdate(
            context.get(), plain.bytes.data(), &written, body.data(), static_cast<int>(body.size())
        ) != 1)
        return std::nullopt;
    if (EVP_DecryptFinal_ex(context.get(), plain.bytes.data() + written, &tail) != 1)
        return std::nullopt;
    return secret(std::string_view(
        reinterpret_cast<const char*>(plain.bytes.data()), static_cast<std::size_t>(written + tail)
    ));
}

}  // namespace

fernet_key fernet_key::derive(const secret& passphrase) {
    fernet_key key;
    const std::string_view text = passphrase.reveal();
    unsigned size = 0;
    const int done =
        EVP_Digest(text.data(), text.size(), key.bytes_.data(), &size, EVP_sha256(), nullptr);
    // SHA-256 of a buffer cannot fail in a library that works; going on with zeros would be worse.
    if (done != 1 || size != key.bytes_.size()) std::abort();
    return key;
}

std::optional<fernet_key> fernet_key::parse(std::string_view base64) {
    auto bytes = base64url_decode(base64);
    if (!bytes) return std::nullopt;
    std::optional<fernet_key> key;
    if (bytes->size() == 32) {
        key = fernet_key();
        std::copy(bytes->begin(), bytes->end(), key->bytes_.begin());
    }
    wipe(bytes->data(), bytes->size());
    return key;
}

fernet_key::fernet_key(fernet_key&& other) noexcept : bytes_(other.bytes_) {
    wipe(other.bytes_.data(), other.bytes_.size());
}

fernet_key& fernet_key::operator=(fernet_key&& other) noexcept {
    if (this != &other) {
        bytes_ = other.bytes_;
        wipe(other.bytes_.data(), other.bytes_.size());
    }
    return *this;
}

fernet_key::~fernet_key() {
    wipe(bytes_.data(), bytes_.size());
}

secret fernet_key::base64() const {
    std::string text = base64url_encode(bytes_);
    secret kept{text};
    wipe(text.data(), text.size());
    return kept;
}

result<std::string> fernet_encrypt(
    const fernet_key& key, std::string_view plain, std::uint64_t unix_seconds, const fernet_iv& iv
) {
    // OpenSSL counts in int; a secret is a password or a key file, never of that size.
    constexpr std::size_t largest = 16u << 20;
    if (plain.size() > largest) {
        return error{
            .kind = status::resource_limit,
            .message = "a secret of " + std::to_string(plain.size()) + " bytes is too large",
            .hint = "a secret has at most 16 MiB",
            .from = origin::host};
    }
    std::vector<std::uint8_t> token;
    token.reserve(header_size + plain.size() + block_size + mac_size);
    token.push_back(version_byte);
    for (int shift = 56; shift >= 0; shift -= 8)
        token.push_back(static_cast<std::uint8_t>(unix_seconds >> shift));
    token.insert(token.end(), iv.begin(), iv.end());
    if (!encrypt_into(token, key, plain, iv)) return library_failure();
    mac tag;
    if (!sign(key, token, tag)) return library_failure();
    token.insert(token.end(), tag.begin(), tag.end());
    return base64url_encode(token);
}

std::optional<secret> fernet_decrypt(const fernet_key& key, std::string_view token) {
    const auto decoded = base64url_decode(token);
    if (!decoded) return std::nullopt;
    const std::span<const std::uint8_t> bytes(*decoded);
    if (bytes.size() < header_size + block_size + mac_size) return std::nullopt;
    if (bytes[0] != version_byte) return std::nullopt;
    const auto signed_part = bytes.first(bytes.size() - mac_size);
    const auto body = signed_part.subspan(header_size);
    if (body.size() % block_size != 0) return std::nullopt;
    mac expected;
    if (!sign(key, signed_part, expected)) return std::nullopt;
    if (CRYPTO_memcmp(expected.data(), bytes.last(mac_size).data(), mac_size) != 0)
        return std::nullopt;
    return decrypt_body(key, bytes.data() + 9, body);
}

}  // namespace qry::credential
