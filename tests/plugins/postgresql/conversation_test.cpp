#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "conversation.hpp"

using namespace qry::postgresql;
using event = conversation::event;

namespace {

event take(conversation& c, char type, const std::string& body = {}) {
    const std::vector<std::uint8_t> bytes(body.begin(), body.end());
    return c.take({type, bytes});
}

std::string failure(const std::string& severity, const std::string& sqlstate) {
    return "S" + severity + '\0' + "V" + severity + '\0' + "C" + sqlstate + '\0' + "Mwords" + '\0' +
           '\0';
}

const std::string select_tag = std::string("SELECT 1") + '\0';

}  // namespace

TEST_CASE("a run goes through bind, rows, completion and ready") {
    conversation c;
    c.expect(segment::run);
    CHECK_FALSE(c.in_rows());
    CHECK(take(c, '2') == event::nothing);
    CHECK(c.in_rows());
    CHECK(take(c, 'C', select_tag) == event::nothing);
    CHECK_FALSE(c.in_rows());
    CHECK_FALSE(c.idle());
    CHECK(take(c, 'Z', "T") == event::ready);
    CHECK(c.idle());
    CHECK(c.transaction() == 'T');
    REQUIRE(c.tag);
    CHECK(c.tag->name == "SELECT");
    CHECK(c.tag->rows == 1);
}

TEST_CASE("an error belongs to the segment it came in") {
    conversation c;
    c.expect(segment::quiet);
    c.expect(segment::run);
    CHECK(take(c, 'E', failure("ERROR", "57014")) == event::nothing);
    CHECK(take(c, 'Z', "I") == event::ready);
    CHECK(c.quiet_failure()->sqlstate == "57014");
    CHECK_FALSE(c.failure());
    CHECK(take(c, '2') == event::nothing);
    CHECK(take(c, 'E', failure("ERROR", "22012")) == event::nothing);
    CHECK_FALSE(c.in_rows());
    CHECK(take(c, 'Z', "I") == event::ready);
    CHECK(c.failure()->sqlstate == "22012");
    CHECK(c.idle());
}

TEST_CASE("the last words of a server may come at any time") {
    conversation c;
    CHECK(take(c, 'E', failure("FATAL", "57P01")) == event::nothing);
    CHECK(c.fatal()->sqlstate == "57P01");
}

TEST_CASE("notices count only for statements of the user") {
    conversation c;
    c.expect(segment::quiet);
    CHECK(take(c, 'N', failure("NOTICE", "00000")) == event::nothing);
    CHECK(take(c, 'C', select_tag) == event::nothing);
    CHECK(take(c, 'Z', "I") == event::ready);
    c.expect(segment::run);
    CHECK(take(c, 'N', failure("NOTICE", "00000")) == event::notice);
    CHECK(c.notice().message == "words");
}

TEST_CASE("whatever does not belong where it comes ends the trust") {
    const std::string types = "12tTnDCIsGHWdcZKRvV?";
    for (const segment kind : {segment::prepare, segment::run}) {
        for (const char type : types) {
            conversation c;
            c.expect(kind);
            const event e = take(c, type, "\x01\x02\x03");
            // None of them may be taken for the end, nor open the rows with a body that is wrong.
            CHECK(e != event::ready);
            CHECK_FALSE(c.in_rows());
            CHECK_FALSE(c.idle());
        }
    }
    conversation idle;
    for (const char type : types)
        CHECK(take(idle, type, "I") == event::broken);
    CHECK_FALSE(idle.breach().empty());
}

TEST_CASE("ready before the end of a segment is a breach") {
    conversation c;
    c.expect(segment::run);
    CHECK(take(c, '2') == event::nothing);
    CHECK(take(c, 'Z', "I") == event::broken);
    conversation p;
    p.expect(segment::prepare);
    CHECK(take(p, '1') == event::nothing);
    CHECK(take(p, 'Z', "I") == event::broken);
    conversation s;
    s.expect(segment::quiet);
    CHECK(take(s, 'Z', "x") == event::broken);
}

TEST_CASE("COPY is noticed in both directions") {
    conversation in;
    in.expect(segment::run);
    CHECK(take(in, '2') == event::nothing);
    CHECK(take(in, 'G', std::string("\0\0\0", 3)) == event::copy_in);
    CHECK(take(in, 'E', failure("ERROR", "57014")) == event::nothing);
    CHECK(take(in, 'Z', "I") == event::ready);
    conversation out;
    out.expect(segment::run);
    CHECK(take(out, '2') == event::nothing);
    CHECK(take(out, 'H', std::string("\0\0\0", 3)) == event::copy_out);
    CHECK(take(out, 'd', "row") == event::nothing);
    CHECK(take(out, 'c') == event::nothing);
    CHECK(take(out, 'C', std::string("COPY 1") + '\0') == event::nothing);
    CHECK(take(out, 'Z', "I") == event::ready);
}
