#include <catch2/catch.hpp>

#include <cstring>
#include <string>
#include <vector>

#include "conversation.hpp"
#include "protocol.hpp"

using namespace qry::postgresql;
using next_result = input_buffer::next_result;

namespace {

void feed(input_buffer& in, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto space = in.space();
        const std::size_t piece = std::min(space.size(), bytes.size());
        std::memcpy(space.data(), bytes.data(), piece);
        in.received(piece);
        bytes.remove_prefix(piece);
    }
}

std::string message(char type, const std::string& body) {
    std::string out(1, type);
    const auto length = static_cast<std::uint32_t>(body.size() + 4);
    for (int shift = 24; shift >= 0; shift -= 8)
        out += static_cast<char>(length >> shift);
    return out + body;
}

// Every message as its type and the size of its body.
std::string read_all(input_buffer& in) {
    std::string seen;
    frame f;
    while (in.next(f) == next_result::complete) {
        seen += f.type + std::to_string(f.body.size()) + " ";
    }
    return seen;
}

}  // namespace

TEST_CASE("messages are the same however the bytes are split") {
    const std::string dialogue = message('1', "") + message('2', "") +
                                 message('D', std::string(300, 'x')) + message('C', "SELECT 1\0") +
                                 message('Z', "I");
    for (std::size_t cut = 0; cut <= dialogue.size(); ++cut) {
        input_buffer in;
        feed(in, dialogue.substr(0, cut));
        std::string seen = read_all(in);
        feed(in, dialogue.substr(cut));
        seen += read_all(in);
        REQUIRE(seen == "10 20 D300 C8 Z1 ");
        REQUIRE(in.empty());
    }
    input_buffer slow;
    std::string seen;
    for (const char c : dialogue) {
        feed(slow, {&c, 1});
        seen += read_all(slow);
    }
    CHECK(seen == "10 20 D300 C8 Z1 ");
}

TEST_CASE("a message longer than the buffer arrives whole") {
    input_buffer in;
    const std::string big(3'000'000, 'b');
    feed(in, message('D', big) + message('Z', "I"));
    frame f;
    REQUIRE(in.next(f) == next_result::complete);
    CHECK(f.body.size() == big.size());
    CHECK(std::memcmp(f.body.data(), big.data(), big.size()) == 0);
    REQUIRE(in.next(f) == next_result::complete);
    CHECK(f.type == 'Z');
    CHECK(in.next(f) == next_result::incomplete);
}

TEST_CASE("a length that cannot be is refused without waiting for the bytes") {
    for (const std::string& length :
         {std::string("\0\0\0\3", 4),
          std::string("\0\0\0\0", 4),
          std::string("\xff\xff\xff\xff", 4),
          std::string("\x80\0\0\0", 4)}) {
        input_buffer in;
        feed(in, "D" + length);
        frame f;
        CHECK(in.next(f) == next_result::malformed);
    }
}

TEST_CASE("memory follows what arrives, not what is announced") {
    input_buffer in;
    feed(in, std::string("D\x7f\0\0\0", 5) + std::string(100, 'x'));
    frame f;
    CHECK(in.next(f) == next_result::incomplete);
    CHECK(in.space().size() < 1024 * 1024);
}

TEST_CASE("messages to the server are laid out as the protocol says") {
    output_buffer out;
    out.parse("s1", "select 1");
    out.describe_statement("s1");
    out.execute();
    out.sync();
    const std::string expected = message('P', std::string("s1\0select 1\0\0\0", 14)) +
                                 message('D', std::string("Ss1\0", 4)) +
                                 message('E', std::string("\0\0\0\0\0", 5)) + message('S', "");
    const auto bytes = out.pending();
    CHECK(std::string(bytes.begin(), bytes.end()) == expected);
    out.sent(5);
    CHECK(out.pending().size() == expected.size() - 5);
    out.sent(expected.size() - 5);
    CHECK(out.empty());
}

TEST_CASE("a length written afterwards covers exactly what was put") {
    output_buffer out;
    out.begin('B');
    const std::size_t place = out.open_length();
    out.put_text("abc");
    out.close_length(place);
    out.end();
    const auto bytes = out.pending();
    CHECK(std::string(bytes.begin(), bytes.end()) == message('B', std::string("\0\0\0\3abc", 7)));
    const std::size_t mark = out.mark();
    out.sync();
    out.rewind(mark);
    CHECK(out.pending().size() == bytes.size());
}
