#include "credential/base64url.hpp"

#include <catch2/catch.hpp>

#include <span>
#include <string>
#include <vector>

using qry::credential::base64url_decode;
using qry::credential::base64url_encode;

namespace {

std::vector<std::uint8_t> bytes(std::string_view text) {
    return {text.begin(), text.end()};
}

}  // namespace

TEST_CASE("base64url writes the test vectors of RFC 4648 and reads them back") {
    const std::vector<std::pair<std::string, std::string>> vectors = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"}};
    for (const auto& [plain, text] : vectors) {
        CHECK(base64url_encode(bytes(plain)) == text);
        CHECK(base64url_decode(text) == bytes(plain));
    }
}

TEST_CASE("base64url uses minus and underscore for 62 and 63") {
    const std::vector<std::uint8_t> all_ones = {0xfb, 0xff, 0xfe};
    CHECK(base64url_encode(all_ones) == "-__-");
    CHECK(base64url_decode("-__-") == all_ones);
}

TEST_CASE("base64url refuses every text that is not the one way to write some bytes") {
    const std::string text = GENERATE(
        as<std::string>{},
        "Zg=",       // one padding character short
        "Zg",        // no padding
        "Zg===",     // too much
        "====",      // nothing but padding
        "Zg==Zg==",  // padding in the middle
        "Z===",      // a lone digit carries no byte
        "Zh==",      // bits behind the last byte of one
        "Zm9=",      // bits behind the last byte of two
        "+//+",      // the other alphabet
        "Zm9v\n",    // white space at the end
        " Zm9",      // … and at the start
        "Zm 9",      // … and inside
        "Zm9%",      // foreign character
        "Zm9\xc3"    // not ASCII
    );
    CAPTURE(text);
    CHECK_FALSE(base64url_decode(text).has_value());
}

TEST_CASE("base64url refuses a NUL inside") {
    CHECK_FALSE(base64url_decode(std::string_view("Zm\0v", 4)).has_value());
}
