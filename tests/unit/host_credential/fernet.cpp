#include "credential/fernet.hpp"

#include "credential/base64url.hpp"

#include <catch2/catch.hpp>

#include <limits>
#include <numeric>
#include <type_traits>

using namespace qry::credential;

namespace {

// The key and the tokens below are the published vectors of the Fernet specification.
constexpr std::string_view spec_key = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";
constexpr std::string_view spec_token =
    "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU"
    "4IwqDA==";

fernet_key key_of(std::string_view base64) {
    auto key = fernet_key::parse(base64);
    REQUIRE(key.has_value());
    return std::move(*key);
}

fernet_iv counting_iv() {
    fernet_iv iv;
    std::iota(iv.begin(), iv.end(), std::uint8_t{0});
    return iv;
}

std::string sealed(
    const fernet_key& key, std::string_view plain, std::uint64_t at = 1'700'000'000
) {
    auto token = fernet_encrypt(key, plain, at, counting_iv());
    REQUIRE(token.has_value());
    return *token;
}

}  // namespace

TEST_CASE("the published vector is written byte for byte") {
    CHECK(sealed(key_of(spec_key), "hello", 499'162'800) == spec_token);
}

TEST_CASE("the published vector is read") {
    const auto text = fernet_decrypt(key_of(spec_key), spec_token);
    REQUIRE(text.has_value());
    CHECK(text->reveal() == "hello");
}

TEST_CASE("the published invalid tokens are refused") {
    const std::string token = GENERATE(
        as<std::string>{},
        // incorrect MAC
        "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-"
        "szkFVzXTuGb4hR8AKtwcaX1YdykQUFBQUFB"
        "QUFBQQ==",
        // too short
        "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPA==",
        // invalid base64
        "%%%%%%%%%%%%%AECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykRtfsH-"
        "p1"
        "YsUD2Q==",
        // payload size no multiple of the block size; the MAC is right
        "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPOm73QeoCk9uGib28Xe5vz6oxq5nmxbx_"
        "v7mrfyu"
        "dzUm",
        // padding of the payload; the MAC is right
        "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0ODz4LEpdELGQAad7aNEHbf-"
        "JkLPIpuiYRLQ3RtXatOYREu2FWke6CnJNYIbku"
        "KNqOhw==",
        // incorrect IV, hence wrong padding; the MAC is right
        "gAAAAAAdwJ6xBQECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-"
        "fWPAkLhFLHpGtDBRLRTZeUfWgHSv49TF2AUEZ1TIvc"
        "ZjK1zQ=="
    );
    CAPTURE(token);
    CHECK_FALSE(fernet_decrypt(key_of(spec_key), token).has_value());
}

TEST_CASE("the two published tokens that only a time to live makes invalid are read") {
    const std::string token = GENERATE(
        as<std::string>{},
        // a time in the far future
        "gAAAAAAdwStRAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAnja1xKYyhd-Y6mSkTOyTGJmw2Xc2a6kBd-"
        "iX9b"
        "_qXQcw==",
        // expired
        "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykRtfsH-"
        "p1"
        "YsUD2Q=="
    );
    const auto text = fernet_decrypt(key_of(spec_key), token);
    REQUIRE(text.has_value());
    CHECK(text->reveal().empty());
}

TEST_CASE("the key of a passphrase is base64url of its SHA-256") {
    const fernet_key key = fernet_key::derive(qry::secret("dev-secret"));
    CHECK(key.base64().reveal() == "KYdU2y26tuxiYFzrA3nrfuN2WANZRJ7-DKo6oGzVZzY=");
}

TEST_CASE("a secret sealed as the product seals it has the known token") {
    const fernet_key key = fernet_key::derive(qry::secret("dev-secret"));
    CHECK(
        sealed(key, R"({"password":"hunter2"})") ==
        "gAAAAABlU_"
        "EAAAECAwQFBgcICQoLDA0ODy5IskH4Jayqskn3jeL6N2uY82JAJSW2HmQZVWRKss35cc3ZymffTYk73Jjw"
        "KWuja-Ga0R1zGwb6mECu6iS-nqM="
    );
}

TEST_CASE("texts of every length around the block size come back") {
    const fernet_key key = fernet_key::derive(qry::secret("k"));
    for (std::size_t size = 0; size <= 65; ++size) {
        std::string plain(size, '\0');
        std::iota(plain.begin(), plain.end(), '\0');
        const std::string token = sealed(key, plain);
        // 57 bytes around, the body padded up to the next full block.
        const std::size_t raw = 57 + (size / 16 + 1) * 16;
        CHECK(token.size() == (raw + 2) / 3 * 4);
        const auto text = fernet_decrypt(key, token);
        REQUIRE(text.has_value());
        CHECK(text->reveal() == plain);
    }
}

TEST_CASE("the time of a token is written big endian and never judged") {
    const fernet_key key = fernet_key::derive(qry::secret("k"));
    const std::uint64_t at = GENERATE(
        std::uint64_t{0},
        std::uint64_t{1},
        std::uint64_t{0x0102030405060708},
        std::uint64_t{1} << 63,
        std::numeric_limits<std::uint64_t>::max()
    );
    const std::string token = sealed(key, "x", at);
    const auto raw = base64url_decode(token);
    REQUIRE(raw.has_value());
    std::uint64_t written = 0;
    for (std::size_t i = 1; i <= 8; ++i)
        written = written << 8 | (*raw)[i];
    CHECK(written == at);
    CHECK(fernet_decrypt(key, token).has_value());
}

TEST_CASE("a token with any single bit flipped is refused") {
    const fernet_key key = fernet_key::derive(qry::secret("dev-secret"));
    for (const std::string_view plain :
         {"", "x", "sixteen bytes ok", R"({"password":"hunter2"})"}) {
        const std::string token = sealed(key, plain);
        auto raw = base64url_decode(token);
        REQUIRE(raw.has_value());
        for (std::size_t bit = 0; bit < raw->size() * 8; ++bit) {
            (*raw)[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
            REQUIRE_FALSE(fernet_decrypt(key, base64url_encode(*raw)).has_value());
            (*raw)[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
        }
        // The text as well: a flip there may leave the alphabet, or hit the unused bits.
        for (std::size_t bit = 0; bit < token.size() * 8; ++bit) {
            std::string text = token;
            text[bit / 8] = static_cast<char>(text[bit / 8] ^ 1 << bit % 8);
            REQUIRE_FALSE(fernet_decrypt(key, text).has_value());
        }
    }
}

TEST_CASE("a token cut short anywhere, or followed by anything, is refused") {
    const fernet_key key = fernet_key::derive(qry::secret("dev-secret"));
    for (const std::string_view plain : {"", "x", R"({"password":"hunter2"})"}) {
        const std::string token = sealed(key, plain);
        for (std::size_t size = 0; size < token.size(); ++size) {
            REQUIRE_FALSE(fernet_decrypt(key, token.substr(0, size)).has_value());
            REQUIRE_FALSE(fernet_decrypt(key, token.substr(token.size() - size)).has_value());
        }
        for (const std::string_view tail : {"=", "==", "A", "AAAA", "\n", " "})
            REQUIRE_FALSE(fernet_decrypt(key, token + std::string(tail)).has_value());
        auto raw = base64url_decode(token);
        REQUIRE(raw.has_value());
        while (!raw->empty()) {
            raw->pop_back();
            REQUIRE_FALSE(fernet_decrypt(key, base64url_encode(*raw)).has_value());
        }
    }
}

TEST_CASE("another key opens nothing") {
    const std::string token = sealed(fernet_key::derive(qry::secret("one")), "text");
    CHECK_FALSE(fernet_decrypt(fernet_key::derive(qry::secret("two")), token).has_value());
    CHECK_FALSE(fernet_decrypt(fernet_key::derive(qry::secret("one\n")), token).has_value());
}

TEST_CASE("a key is 32 bytes in strict base64url") {
    CHECK(key_of(spec_key).base64().reveal() == spec_key);
    CHECK_FALSE(fernet_key::parse("").has_value());
    CHECK_FALSE(fernet_key::parse("c2hvcnQ=").has_value());
    CHECK_FALSE(fernet_key::parse(std::string(spec_key) + "AAAA").has_value());
    CHECK_FALSE(fernet_key::parse("cw/0x689RpI+jtRR7oE8h/eQsKImvJapLeSbXpwF4e4=").has_value());
}

TEST_CASE("a key is moved, never copied, and the source forgets it") {
    STATIC_REQUIRE_FALSE(std::is_copy_constructible_v<fernet_key>);
    fernet_key first = fernet_key::derive(qry::secret("k"));
    const std::string token = sealed(first, "text");
    const fernet_key second = std::move(first);
    CHECK(fernet_decrypt(second, token).has_value());
    // NOLINTNEXTLINE: looking at the moved-from key is the point.
    CHECK(first.base64().reveal() == "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
}

TEST_CASE("a secret too large to be one is refused with its size and the limit") {
    const std::string huge((16u << 20) + 1, 'x');
    const auto token = fernet_encrypt(fernet_key::derive(qry::secret("k")), huge, 0, counting_iv());
    REQUIRE_FALSE(token.has_value());
    CHECK(token.error().kind == qry::status::resource_limit);
    CHECK(token.error().message == "a secret of 16777217 bytes is too large");
}
