#include <catch2/catch.hpp>

#include <qry/kit/text/utf8.hpp>

#include "server_words.hpp"

namespace qry::auth {

TEST_CASE("secrets are blotted out as they are and as a form escapes them") {
    CHECK(server_words("got a/b+c and a%2Fb%2Bc.", {"a/b+c"}) == "got *** and ***.");
    CHECK(server_words("one two one", {"one", ""}) == "one two one");
    CHECK(server_words("long1 long2 long1", {"long1", "long2"}) == "*** *** ***");
}

TEST_CASE("a server's words are one line of valid text") {
    CHECK(server_words(" a\r\nb\tc\x7f", {}) == "a  b c");
    CHECK(server_words("a\xff\xfe", {}) == "a\xef\xbf\xbd\xef\xbf\xbd");
    CHECK(server_words("", {}).empty());
}

TEST_CASE("long words are cut between two characters") {
    for (std::size_t before = 495; before < 501; ++before) {
        std::string text(before, 'a');
        for (int i = 0; i < 200; ++i)
            text += "€";
        const std::string got = server_words(text, {});
        CHECK(got.size() <= 503);
        CHECK(got.ends_with("…"));
        CHECK(text::is_valid_utf8(got));
        CHECK(got.find("\xef\xbf\xbd") == std::string::npos);
    }
    CHECK(server_words(std::string(500, 'a'), {}) == std::string(500, 'a'));
}

}  // namespace qry::auth
