// Fernet tokens and keys. Input: what to do, 0 to 2; a line that is a passphrase, or a key's text;
// the token, or what it is made of.
#include <algorithm>
#include <string>
#include <vector>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "credential/base64url.hpp"
#include "credential/fernet.hpp"
#include "fuzz.hpp"

namespace {

using namespace qry;
using namespace qry::credential;

// A token that only its own key could have made: what is behind the signature is reached.
std::string sealed(const fernet_key& key, std::span<const std::uint8_t> body) {
    std::vector<std::uint8_t> bytes(body.begin(), body.end());
    std::uint8_t mac[32];
    unsigned size = 0;
    HMAC(EVP_sha256(), key.signing(), 16, bytes.data(), bytes.size(), mac, &size);
    bytes.insert(bytes.end(), mac, mac + size);
    return base64url_encode(bytes);
}

void round_trip(const fernet_key& key, std::span<const std::uint8_t> input) {
    fuzz::pieces in(input);
    fernet_iv iv{};
    std::ranges::copy(in.bytes(iv.size()), iv.begin());
    const std::size_t where = in.number();
    const std::string_view plain = fuzz::pieces::text(in.rest());
    auto token = fernet_encrypt(key, plain, 1'700'000'000, iv);
    fuzz::require(token.has_value(), "everything can be encrypted");
    const auto back = fernet_decrypt(key, *token);
    fuzz::require(back && back->reveal() == plain, "what was encrypted is decrypted");
    std::string damaged = *token;
    char& c = damaged[where % damaged.size()];
    c = c == 'A' ? 'B' : 'A';
    fuzz::require(!fernet_decrypt(key, damaged), "a damaged token does not open");
}

}  // namespace

void qry::fuzz::take(std::span<const std::uint8_t> input) {
    pieces in(input);
    const int what = in.number() % 3;
    const std::string_view word = in.line();
    const auto key = fernet_key::derive(secret(word));
    if (const auto parsed = fernet_key::parse(word)) {
        require(parsed->base64().reveal() == word, "a key has one text");
    }
    if (const auto bytes = base64url_decode(word)) {
        require(base64url_encode(*bytes) == word, "bytes have one text");
    }
    if (what == 0) return round_trip(key, in.rest());
    const auto rest = in.rest();
    const std::string token = what == 1 ? std::string(pieces::text(rest)) : sealed(key, rest);
    const auto opened = fernet_decrypt(key, token);
    if (!opened) return;
    // Version, time, IV.
    const auto bytes = base64url_decode(token);
    require(bytes && bytes->size() >= 73 && (*bytes)[0] == 0x80, "a token has all its parts");
    std::uint64_t seconds = 0;
    for (int i = 1; i <= 8; ++i)
        seconds = seconds << 8 | (*bytes)[i];
    fernet_iv iv;
    std::copy_n(bytes->begin() + 9, iv.size(), iv.begin());
    const auto again = fernet_encrypt(key, opened->reveal(), seconds, iv);
    require(again && *again == token, "a token that opens is the one that would be written");
}
