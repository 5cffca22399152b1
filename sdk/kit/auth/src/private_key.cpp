#include <qry/kit/auth/private_key.hpp>

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>

#include <qry/kit/text/base64.hpp>

#include "digest.hpp"
#include "small_file.hpp"

namespace qry::auth {

namespace {

constexpr std::size_t largest_pem = std::size_t{64} << 10;
constexpr int fewest_bits = 2048;

struct free_bio {
    void operator()(BIO* bio) const noexcept { BIO_free(bio); }
};
struct free_context {
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};

error bad_key(std::string_view why, std::string_view hint = {}) {
    return {
        .kind = status::invalid_parameter,
        .message = "the private key " + std::string(why),
        .hint = std::string(hint)};
}

error library_failed(std::string_view what) {
    ERR_clear_error();
    return {
        .kind = status::resource_limit,
        .message = "the cryptography library could not " + std::string(what)};
}

constexpr std::array<std::string_view, 3> good_labels{
    "PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "RSA PRIVATE KEY"};
constexpr std::array<std::string_view, 8> other_labels{
    "CERTIFICATE",
    "CERTIFICATE REQUEST",
    "PUBLIC KEY",
    "RSA PUBLIC KEY",
    "EC PRIVATE KEY",
    "EC PARAMETERS",
    "DSA PRIVATE KEY",
    "OPENSSH PRIVATE KEY"};

// Whether there is a block that may be an RSA key. A certificate before it is usual. Only labels
// known here are repeated in errors: in a broken file anything may stand in a label's place.
result<void> check_labels(std::string_view pem) {
    constexpr std::string_view begin = "-----BEGIN ";
    std::string_view other;
    std::size_t at = 0;
    bool any = false;
    while ((at = pem.find(begin, at)) != std::string_view::npos) {
        any = true;
        at += begin.size();
        const std::string_view label = pem.substr(at, pem.find("-----", at) - at);
        if (std::ranges::find(good_labels, label) != good_labels.end()) return {};
        const auto* known = std::ranges::find(other_labels, label);
        if (other.empty() && known != other_labels.end()) other = *known;
    }
    if (!any) {
        return bad_key(
            "is not PEM text", "Expected a block that starts with -----BEGIN PRIVATE KEY-----."
        );
    }
    const std::string what = other.empty() ? "of an unknown kind" : "'" + std::string(other) + "'";
    return bad_key(
        "is a PEM block " + what,
        "Expected an RSA key: PRIVATE KEY, ENCRYPTED PRIVATE KEY or RSA PRIVATE KEY."
    );
}

struct passphrase_asker {
    const secret& passphrase;
    bool asked = false;

    static int give(char* to, int room, int, void* self) noexcept {
        auto& asker = *static_cast<passphrase_asker*>(self);
        asker.asked = true;
        const std::string_view text = asker.passphrase.reveal();
        // -1 = none; a passphrase that is cut would be another one.
        if (text.empty() || text.size() > static_cast<std::size_t>(room)) return -1;
        text.copy(to, text.size());
        return static_cast<int>(text.size());
    }
};

error unreadable(const passphrase_asker& asker) {
    if (!asker.asked) return bad_key("is damaged");
    if (asker.passphrase.empty()) {
        return bad_key("is encrypted, and no passphrase was given");
    }
    return bad_key("does not open with the passphrase that was given");
}

}  // namespace

void private_key::free_key::operator()(evp_pkey_st* key) const noexcept {
    EVP_PKEY_free(key);
}

result<private_key> private_key::from_pem(const secret& pem, const secret& passphrase) {
    if (pem.size() > largest_pem) return bad_key("is longer than 64 KiB");
    if (auto known = check_labels(pem.reveal()); !known) return std::move(known).error();
    const std::unique_ptr<BIO, free_bio> from(
        BIO_new_mem_buf(pem.reveal().data(), static_cast<int>(pem.size()))
    );
    if (!from) return library_failed("read a private key");
    passphrase_asker asker{passphrase};
    owned_key key(PEM_read_bio_PrivateKey(from.get(), nullptr, &passphrase_asker::give, &asker));
    // Nobody else may find these in the thread's queue: libcurl would read them as its own.
    ERR_clear_error();
    if (!key) return unreadable(asker);
    if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA) {
        const char* kind = EVP_PKEY_get0_type_name(key.get());
        return bad_key(
            "is of the kind " + std::string(kind != nullptr ? kind : "unknown") + ", not RSA",
            "RS256 needs an RSA key: openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048"
        );
    }
    if (EVP_PKEY_get_bits(key.get()) < fewest_bits) {
        return bad_key(
            "has " + std::to_string(EVP_PKEY_get_bits(key.get())) +
            " bits; at least 2048 are needed"
        );
    }
    return private_key(std::move(key));
}

result<private_key> private_key::from_file(
    const std::filesystem::path& file, const secret& passphrase
) {
    auto pem = read_small_file(file, largest_pem);
    if (!pem) return std::move(pem).error();
    auto key = from_pem(*pem, passphrase);
    if (!key) key.error().message += " (file '" + file.string() + "')";
    return key;
}

result<std::string> private_key::sign(std::string_view bytes) const {
    const std::unique_ptr<EVP_MD_CTX, free_context> context(EVP_MD_CTX_new());
    std::size_t size = static_cast<std::size_t>(EVP_PKEY_get_size(key_.get()));
    std::string out(size, '\0');
    // PKCS #1 v1.5 is OpenSSL's default padding of RSA signatures.
    if (!context ||
        EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) != 1 ||
        EVP_DigestSign(
            context.get(),
            reinterpret_cast<unsigned char*>(out.data()),
            &size,
            reinterpret_cast<const unsigned char*>(bytes.data()),
            bytes.size()
        ) != 1) {
        return library_failed("sign with the private key");
    }
    out.resize(size);
    return out;
}

result<std::string> private_key::fingerprint() const {
    unsigned char* der = nullptr;
    const int size = i2d_PUBKEY(key_.get(), &der);
    if (size <= 0) return library_failed("write the public key");
    const std::string digest =
        sha256({reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)});
    OPENSSL_free(der);
    return text::encode_base64(digest);
}

int private_key::bits() const noexcept {
    return EVP_PKEY_get_bits(key_.get());
}

}  // namespace qry::auth
