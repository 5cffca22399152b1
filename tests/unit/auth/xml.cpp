#include <catch2/catch.hpp>

#include <qry/kit/auth/xml.hpp>

namespace qry::auth {

namespace {

std::string text_of(std::string_view document, std::string_view path) {
    const auto read = read_xml(document);
    REQUIRE(read);
    return std::string(find_xml(*read, path));
}

}  // namespace

TEST_CASE("a text is found by the end of its path, at the start of a name") {
    const std::string_view document =
        "\xef\xbb\xbf<?xml version=\"1.0\"?>\n<!-- a > b -->"
        "<A xmlns='u>v' ><B.Key>wrong</B.Key><x:B> 1 </x:B><C a=\"/>\"/><D><B>2</B></D></A>\n";
    CHECK(text_of(document, "A/B") == "1");
    CHECK(text_of(document, "D/B") == "2");
    CHECK(text_of(document, "B") == "1");
    CHECK(text_of(document, "Key").empty());
    CHECK(text_of(document, "C").empty());
    CHECK(text_of(document, "A").empty());
}

// XML 1.0 §4.1, §4.6 and §2.7.
TEST_CASE("references and CDATA stand for their characters") {
    CHECK(text_of("<a>&lt;&amp;&gt;&quot;&apos;</a>", "a") == "<&>\"'");
    CHECK(text_of("<a>&#65;&#x42;&#xe9;&#8364;&#x1F600;</a>", "a") == "ABé€\xf0\x9f\x98\x80");
    CHECK(text_of("<a>x<![CDATA[<&amp;]]>y</a>", "a") == "x<&amp;y");
}

TEST_CASE("what is not well-formed, or could grow, is not read") {
    for (const std::string_view document :
         {"",
          "  ",
          "text",
          "<a>",
          "</a>",
          "<a></b>",
          "<a><b></a></b>",
          "<a",
          "<a b='>",
          "<>",
          "<a/><b/>",
          "<a/>text",
          "<a>&unknown;</a>",
          "<a>&amp</a>",
          "<a>&#0;</a>",
          "<a>&#xD800;</a>",
          "<a>&#x110000;</a>",
          "<a>&#99999999999;</a>",
          "<a>&#;</a>",
          "<a><!-- </a>",
          "<a><![CDATA[ </a>",
          "<![CDATA[x]]>",
          "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"}) {
        INFO(document);
        CHECK_FALSE(read_xml(document));
    }
}

TEST_CASE("depth and number of elements are bounded") {
    const auto nested = [](int levels) {
        std::string out;
        for (int i = 0; i < levels; ++i)
            out += "<a>";
        for (int i = 0; i < levels; ++i)
            out += "</a>";
        return out;
    };
    CHECK(read_xml(nested(32)));
    CHECK_FALSE(read_xml(nested(33)));
    const auto wide = [](int elements) {
        std::string out = "<r>";
        for (int i = 0; i < elements; ++i)
            out += "<a/>";
        return out + "</r>";
    };
    CHECK(read_xml(wide(999)));
    CHECK_FALSE(read_xml(wide(1'000)));
}

}  // namespace qry::auth
