#include <catch2/catch.hpp>

#include <qry/kit/auth/private_key.hpp>

#include <qry/kit/text/base64.hpp>

#include "keys.hpp"

namespace qry::test {

using auth::private_key;

namespace {

// Of the key of RFC 7515 appendix A.2: `openssl pkey -in key.pem -pubout -outform DER |
// openssl dgst -sha256 -binary | base64`, and the same from Python's cryptography.
constexpr std::string_view rfc_fingerprint = "b9E8JDWjYefFiM0X9V9a098Bd6ZsFyemogCEX016uIw=";

// Nothing of the key or of the passphrase is in an error.
void check_refused(const result<private_key>& got, std::string_view says) {
    REQUIRE_FALSE(got);
    const error& why = got.error();
    CHECK(why.kind == status::invalid_parameter);
    INFO(why.message);
    CHECK(why.message.find(says) != std::string::npos);
    for (const std::string* text : {&why.message, &why.hint, &why.detail}) {
        CHECK(text->find("MII") == std::string::npos);
        CHECK(text->find("hunter2") == std::string::npos);
        CHECK(text->find("leaked") == std::string::npos);
    }
}

result<private_key> load(const std::filesystem::path& file, std::string_view passphrase = {}) {
    return private_key::from_file(file, secret(passphrase));
}

}  // namespace

TEST_CASE("the signature of RFC 7515 appendix A.2 comes out") {
    auto got = rfc_key().sign(
        "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGF"
        "tcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    );
    REQUIRE(got);
    CHECK(
        text::encode_base64(*got, text::base64_alphabet::url) ==
        "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt"
        "_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArL"
        "IARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7no"
        "OPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQ"
        "Ge77Rw=="
    );
}

TEST_CASE("one key in all its forms has the fingerprint that openssl prints") {
    const folder in;
    const std::string pkcs8 = "pkcs8 -topk8 -in in ";
    CHECK(*rfc_key().fingerprint() == rfc_fingerprint);
    CHECK(rfc_key().bits() == 2048);
    for (const std::string& how :
         {pkcs8 + "-nocrypt",
          pkcs8 + "-passout pass:hunter2 -v2 aes-256-cbc",
          pkcs8 + "-passout pass:hunter2 -scrypt",
          std::string("rsa -in in -traditional"),
          std::string("rsa -in in -traditional -aes128 -passout pass:hunter2")}) {
        INFO(how);
        auto key = load(in.openssl(how, "key.pem", rfc7515_key), "hunter2");
        REQUIRE(key);
        auto print = key->fingerprint();
        REQUIRE(print);
        CHECK(*print == rfc_fingerprint);
    }
}

TEST_CASE("a certificate before the key does not hide it") {
    const folder in;
    const auto made = in.openssl("req -x509 -key in -days 2 -subj /CN=x", "both.pem", rfc7515_key);
    std::ofstream(made, std::ios::app) << rfc7515_key;
    CHECK(load(made));
}

TEST_CASE("a wrong passphrase and a missing one are told apart") {
    const folder in;
    for (const std::string how :
         {"pkcs8 -topk8 -in in -passout pass:hunter2",
          "rsa -in in -traditional -aes128 -passout pass:hunter2"}) {
        INFO(how);
        const auto file = in.openssl(how, "key.pem", rfc7515_key);
        check_refused(load(file, "leaked"), "does not open with the passphrase");
        check_refused(load(file), "no passphrase was given");
        check_refused(load(file, std::string(5'000, 'x')), "does not open with the passphrase");
    }
}

TEST_CASE("what is not an RSA key of 2048 bits or more is refused with its kind") {
    const folder in;
    check_refused(
        load(in.openssl("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256", "ec.pem")),
        "of the kind EC, not RSA"
    );
    check_refused(load(in.openssl("genpkey -algorithm ED25519", "ed.pem")), "ED25519, not RSA");
    check_refused(
        load(in.openssl("ecparam -name prime256v1 -genkey -noout", "sec1.pem")), "'EC PR"
    );
    check_refused(
        load(in.openssl("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024", "short.pem")),
        "has 1024 bits"
    );
    check_refused(load(in.openssl("rsa -in in -pubout", "pub.pem", rfc7515_key)), "'PUBLIC KEY'");
}

TEST_CASE("what is no PEM, or a broken one, is refused without being quoted") {
    const folder in;
    check_refused(load(in.write("empty", "")), "is not PEM text");
    check_refused(load(in.write("text", "leaked")), "is not PEM text");
    check_refused(
        load(in.write("label", "-----BEGIN leaked-----\nMIIE\n-----END leaked-----\n")),
        "of an unknown kind"
    );
    check_refused(load(in.write("open", "-----BEGIN ")), "of an unknown kind");
    check_refused(load(in.write("cut", rfc7515_key.substr(0, 900))), "is damaged");
    std::string flipped(rfc7515_key);
    flipped[70] = flipped[70] == 'A' ? 'B' : '!';
    check_refused(load(in.write("flipped", flipped)), "is damaged");
    check_refused(private_key::from_pem(secret(std::string(70'000, 'x')), {}), "64 KiB");
}

TEST_CASE("a file that cannot be read is named") {
    const folder in;
    auto none = load(in.path() / "none.pem");
    REQUIRE_FALSE(none);
    CHECK(none.error().kind == status::not_found);
    CHECK(none.error().message.find("none.pem") != std::string::npos);
    auto a_folder = load(in.path());
    REQUIRE_FALSE(a_folder);
    CHECK(a_folder.error().kind == status::invalid_parameter);
    auto endless = load("/dev/zero");
    REQUIRE_FALSE(endless);
    CHECK(endless.error().message.find("not a regular file") != std::string::npos);
    auto big = load(in.write("big.pem", std::string(70'000, 'x')));
    REQUIRE_FALSE(big);
    CHECK(big.error().message.find("65536") != std::string::npos);
}

}  // namespace qry::test
