// Fernet tokens, byte for byte as Python's `cryptography` writes them:
//
//   0x80 · seconds since 1970, big endian, 8 bytes · IV, 16 · AES-128-CBC(PKCS#7) · HMAC-SHA256, 32
//
// as base64url with padding; the HMAC covers everything before it. The 32-byte key is 16 bytes for
// signing, then 16 for encryption. See https://github.com/fernet/spec/blob/master/Spec.md
//
// A stored secret has no time to live: the time of a token is written and never judged. Reading is
// strict where Python is lenient (see base64url.hpp): what Python writes is accepted, junk is not.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <qry/result.hpp>
#include <qry/secret.hpp>

namespace qry::credential {

using fernet_iv = std::array<std::uint8_t, 16>;

// Wiped on destruction; not to be copied.
class fernet_key {
public:
    // SHA-256 of the passphrase's bytes, as the product derives it from JWT_SECRET_KEY.
    [[nodiscard]] static fernet_key derive(const secret& passphrase);
    // The form Python calls a key: base64url of 32 bytes.
    [[nodiscard]] static std::optional<fernet_key> parse(std::string_view base64);

    fernet_key(fernet_key&& other) noexcept;
    fernet_key& operator=(fernet_key&& other) noexcept;
    fernet_key(const fernet_key&) = delete;
    fernet_key& operator=(const fernet_key&) = delete;
    ~fernet_key();

    [[nodiscard]] secret base64() const;
    [[nodiscard]] const std::uint8_t* signing() const noexcept { return bytes_.data(); }
    [[nodiscard]] const std::uint8_t* encryption() const noexcept { return bytes_.data() + 16; }

private:
    fernet_key() = default;
    std::array<std::uint8_t, 32> bytes_{};
};

// An error only when the cryptography library fails (no memory, a broken installation).
[[nodiscard]] result<std::string> fernet_encrypt(
    const fernet_key& key, std::string_view plain, std::uint64_t unix_seconds, const fernet_iv& iv
);

// nullopt: not a token, damaged, or sealed with another key. Deliberately one answer for all.
[[nodiscard]] std::optional<secret> fernet_decrypt(const fernet_key& key, std::string_view token);

}  // namespace qry::credential
