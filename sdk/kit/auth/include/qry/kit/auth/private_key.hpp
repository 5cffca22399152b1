// An RSA private key, as drivers get it: PEM text, and maybe a passphrase.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include <qry/result.hpp>
#include <qry/secret.hpp>

// OpenSSL's, without its headers.
struct evp_pkey_st;

namespace qry::auth {

// Owns the key; moves, does not copy. OpenSSL wipes it when it goes. May be used by any thread, by
// one at a time.
class private_key {
public:
    // PKCS#8 ("PRIVATE KEY", RFC 5958; "ENCRYPTED PRIVATE KEY", with the passphrase) or PKCS#1
    // ("RSA PRIVATE KEY", RFC 8017 appendix A.1.2; also in OpenSSL's old encrypted form). What
    // stands before the block is skipped. A passphrase that is not needed is not an error.
    //
    // invalid_parameter, never with anything of the key or the passphrase in it: no PEM block, a
    // block of another kind, a passphrase missing or wrong, damaged, not RSA, shorter than 2048
    // bits (RFC 7518 §3.3).
    [[nodiscard]] static result<private_key> from_pem(const secret& pem, const secret& passphrase);

    // The same from a file of at most 64 KiB; an error names the file. Reads it at once: files on
    // slow disks block the loop.
    [[nodiscard]] static result<private_key> from_file(
        const std::filesystem::path& file, const secret& passphrase
    );

    // RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 §8.2), which JWT calls RS256 (RFC 7518 §3.3): as
    // many bytes as the modulus has.
    [[nodiscard]] result<std::string> sign(std::string_view bytes) const;

    // SHA-256 of the public key's SubjectPublicKeyInfo in DER (RFC 5280 §4.1.2.7), base64 with
    // padding. With "SHA256:" before it, it is what Snowflake shows as RSA_PUBLIC_KEY_FP.
    [[nodiscard]] result<std::string> fingerprint() const;

    // Of the modulus.
    [[nodiscard]] int bits() const noexcept;

private:
    struct free_key {
        void operator()(evp_pkey_st* key) const noexcept;
    };
    using owned_key = std::unique_ptr<evp_pkey_st, free_key>;
    explicit private_key(owned_key key) noexcept : key_(std::move(key)) {}

    owned_key key_;
};

}  // namespace qry::auth
