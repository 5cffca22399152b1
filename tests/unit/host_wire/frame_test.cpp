#include "wire/frame.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <string>
#include <vector>

#include "bytes.hpp"

using namespace qry;
using wire_test::bytes;

namespace {

using header_bytes = std::array<std::byte, wire::header_size>;

header_bytes header_of(const std::vector<int>& values) {
    header_bytes all{};
    for (std::size_t i = 0; i != values.size(); ++i)
        all.at(i) = std::byte(values[i]);
    return all;
}

std::string failure(const wire::reader& from) {
    return from.failed().value_or("");
}

}  // namespace

TEST_CASE("A header lies in sixteen bytes, little-endian") {
    header_bytes out{};
    wire::put_header(out.data(), {0x01020304, 0x0506, 1, 0x0a0b0c0d, 0xfffefdfc});
    CHECK(
        out == header_of({4, 3, 2, 1, 6, 5, 1, 0, 0x0d, 0x0c, 0x0b, 0x0a, 0xfc, 0xfd, 0xfe, 0xff})
    );
    // 0x01020304 is 16,909,060: within the 64 MiB.
    const auto back = wire::get_header(out);
    REQUIRE(back);
    CHECK(back->length == 0x01020304);
    CHECK(back->type == 0x0506);
    CHECK(back->descriptors == 1);
    CHECK(back->channel == 0x0a0b0c0d);
    CHECK(back->verb == 0xfffefdfc);
}

TEST_CASE("A header may announce 64 MiB and not a byte more") {
    CHECK(wire::get_header(header_of({0, 0, 0, 4})));
    const auto more = wire::get_header(header_of({1, 0, 0, 4}));
    REQUIRE_FALSE(more);
    CHECK(
        more.error().message ==
        "frame header: a payload of 67108865 bytes; at most 67108864 are allowed"
    );
    CHECK(more.error().from == origin::host);
}

TEST_CASE("A header may announce one descriptor and not two") {
    CHECK(wire::get_header(header_of({0, 0, 0, 0, 1, 0, 1})));
    const auto two = wire::get_header(header_of({0, 0, 0, 0, 1, 0, 2}));
    REQUIRE_FALSE(two);
    CHECK(two.error().message == "frame header: 2 descriptors; at most 1 is allowed");
    CHECK_FALSE(wire::get_header(header_of({0, 0, 0, 0, 1, 0, 0, 1})));
}

TEST_CASE("Values are written without padding, texts after their length") {
    std::vector<std::byte> out;
    wire::writer to(out);
    to.u8(7);
    to.i32(-2);
    to.u64(0x0102030405060708);
    to.text("hé");
    to.texts({{"b", ""}, {"a", "1"}});
    CHECK(
        out == bytes(
                   {7,
                    0xfe,
                    0xff,
                    0xff,
                    0xff,
                    8,
                    7,
                    6,
                    5,
                    4,
                    3,
                    2,
                    1,
                    3,
                    0,
                    0,
                    0,
                    'h',
                    0xc3,
                    0xa9,
                    // Two pairs, by name.
                    2,
                    0,
                    0,
                    0,
                    1,
                    0,
                    0,
                    0,
                    'a',
                    1,
                    0,
                    0,
                    0,
                    '1',
                    1,
                    0,
                    0,
                    0,
                    'b',
                    0,
                    0,
                    0,
                    0}
               )
    );
    wire::reader from(out);
    CHECK(from.u8() == 7);
    CHECK(from.i32() == -2);
    CHECK(from.u64() == 0x0102030405060708);
    CHECK(from.text() == "hé");
    CHECK(from.texts() == std::map<std::string, std::string>{{"a", "1"}, {"b", ""}});
    CHECK(failure(from).empty());
}

TEST_CASE("After the first value that does not fit every other is zero or empty") {
    const auto three = bytes({1, 2, 3});
    wire::reader from(three);
    CHECK(from.at("number").u32() == 0);
    CHECK(from.at("flag").u8() == 0);
    CHECK(from.text().empty());
    CHECK(from.bytes().empty());
    CHECK(from.texts().empty());
    CHECK(failure(from) == "number is cut off");
    from.fail("something else");
    CHECK(failure(from) == "number is cut off");
}

TEST_CASE("Bytes left over are an error") {
    const auto three = bytes({1, 2, 3});
    wire::reader from(three);
    CHECK(from.u8() == 1);
    CHECK(failure(from) == "2 bytes too many at the end");
}

TEST_CASE("A flag is 0 or 1") {
    const auto flags = bytes({0, 1, 2});
    wire::reader from(flags);
    CHECK_FALSE(from.at("done").flag());
    CHECK(from.at("done").flag());
    CHECK(failure(from) == "1 bytes too many at the end");
    static_cast<void>(from.at("done").flag());
    CHECK(failure(from) == "done is 2; expected 0 or 1");
}

TEST_CASE("A text is UTF-8") {
    // A surrogate, which UTF-8 has no place for.
    const auto wrong = bytes({3, 0, 0, 0, 0xed, 0xa0, 0x80});
    wire::reader from(wrong);
    CHECK(from.at("sql").text().empty());
    CHECK(failure(from) == "sql is not UTF-8");
    wire::reader raw(wrong);
    CHECK(raw.bytes().size() == 3);
    CHECK(failure(raw).empty());
}

TEST_CASE("A text that is longer than the payload is cut off") {
    const auto wrong = bytes({0xff, 0xff, 0xff, 0xff, 'a'});
    wire::reader from(wrong);
    CHECK(from.at("sql").text().empty());
    CHECK(failure(from) == "sql is cut off");
}

TEST_CASE("A count that the payload cannot hold fails before anything is made of it") {
    const auto exact = bytes({2, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2});
    wire::reader good(exact);
    CHECK(good.count(4) == 2);
    CHECK(good.u64() == 0x0202020201010101);
    CHECK(failure(good).empty());
    wire::reader bad(exact);
    CHECK(bad.at("params").count(5) == 0);
    CHECK(failure(bad) == "params announces 2 elements, more than the payload can hold");
}

TEST_CASE("A map does not have a name twice") {
    const auto twice =
        bytes({2, 0, 0, 0, 1, 0, 0, 0, 'a', 0, 0, 0, 0, 1, 0, 0, 0, 'a', 0, 0, 0, 0});
    wire::reader from(twice);
    CHECK(from.at("params").texts().empty());
    CHECK(failure(from) == "params has a name twice");
}
