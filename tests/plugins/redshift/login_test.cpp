// The start-up, message by message, on byte strings.
#include <catch2/catch.hpp>

#include <qry/kit/text/hex.hpp>

#include "login.hpp"

namespace qry::redshift {

namespace {

using postgresql::frame;
using postgresql::output_buffer;
using state = login::state;

std::string taken(output_buffer& out) {
    const auto bytes = out.pending();
    std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    out.sent(bytes.size());
    return text;
}

std::string number(std::uint32_t n) {
    std::string out;
    for (int shift = 24; shift >= 0; shift -= 8)
        out += static_cast<char>(n >> shift & 0xff);
    return out;
}

std::string counted(const std::string& bytes) {
    return number(static_cast<std::uint32_t>(bytes.size())) + bytes;
}

// Of bytes first, first + 1, …
std::string run_of(int first, int count) {
    std::string out;
    for (int i = 0; i < count; ++i)
        out += static_cast<char>(first + i);
    return out;
}

struct fixture {
    secret password{"correct horse"};
    secret token{"a.b.c"};
    identity who{
        .user = "ada",
        .database = "dev",
        .application_name = "",
        .password = &password,
        .token = nullptr,
        .token_type = {},
        .identity_namespace = {}};
    output_buffer out;
    std::string body;

    state say(login& at, char type, std::string text) {
        body = std::move(text);
        return at.take(
            {type, {reinterpret_cast<const std::uint8_t*>(body.data()), body.size()}}, out
        );
    }
    login begun(bool encrypted = true) const { return {who, encrypted, "1700000000000"}; }
};

}  // namespace

TEST_CASE_METHOD(fixture, "the first message names user, database and the text protocol") {
    const login at = begun();
    at.begin(out);
    const std::string sent = taken(out);
    CHECK(sent.substr(0, 8) == number(static_cast<std::uint32_t>(sent.size())) + number(196608));
    using namespace std::string_literals;
    CHECK(sent.find("user\0ada\0database\0dev\0"s) == 8);
    CHECK(
        sent.find("client_protocol_version\0"
                  "0\0"s) != std::string::npos
    );
    CHECK(sent.find("correct horse") == std::string::npos);
    CHECK(sent.substr(sent.size() - 2) == "\0\0"s);
}

// Made with redshift_connector 2.2: ExtensibleDigest.encode(client_nonce=b"1700000000000",
// password=b"correct horse", salt=bytes(range(16)), algo_name="SHA256",
// server_nonce=bytes(range(16, 32))).hex()
TEST_CASE_METHOD(fixture, "a digest is the one that Amazon's own client sends") {
    login at = begun();
    const std::string asked =
        number(13) + number(0) + counted(run_of(0, 16)) + counted(run_of(16, 16));
    REQUIRE(say(at, 'R', asked) == state::going);
    const std::string sent = taken(out);
    CHECK(sent.substr(0, 5) == "d" + number(4 + 4 + 32 + 4 + 13));
    CHECK(sent.substr(5, 4) == number(32));
    CHECK(
        text::hex_text(sent.substr(9, 32)) ==
        "d59a15eddfbfe8906798c3226d3847ca4d4ad467fc7c5a042a16a7fd99812b42"
    );
    CHECK(sent.substr(41) == counted("1700000000000"));
}

// Python: "md5" + md5(md5(b"correct horse" + b"ada").hexdigest().encode() + bytes([1, 2, 3, 4]))
TEST_CASE_METHOD(fixture, "an MD5 login is PostgreSQL's") {
    login at = begun();
    REQUIRE(say(at, 'R', number(5) + run_of(1, 4)) == state::going);
    using namespace std::string_literals;
    CHECK(taken(out).substr(5) == "md543f4a37edae6e05792b8d6ef4a678af2\0"s);
}

TEST_CASE_METHOD(fixture, "a token is sent as it is, and only where nobody else hears it") {
    who.token = &token;
    {
        login at = begun();
        REQUIRE(say(at, 'R', number(14)) == state::going);
        CHECK(taken(out) == "i" + number(4 + 5) + "a.b.c");
    }
    login at = begun(false);
    CHECK(say(at, 'R', number(14)) == state::failed);
    CHECK(at.failure().kind == status::authentication_failed);
    CHECK(out.empty());
}

TEST_CASE_METHOD(fixture, "the password itself is sent over TLS only") {
    {
        login at = begun();
        REQUIRE(say(at, 'R', number(3)) == state::going);
        using namespace std::string_literals;
        CHECK(taken(out).substr(5) == "correct horse\0"s);
    }
    login at = begun(false);
    CHECK(say(at, 'R', number(3)) == state::failed);
    CHECK(out.empty());
}

TEST_CASE_METHOD(fixture, "a login that wants what was not given says which parameter to set") {
    password.clear();
    for (const std::string& asked :
         {number(3),
          number(5) + run_of(1, 4),
          number(13) + number(0) + counted("s") + counted("n")}) {
        login at = begun();
        REQUIRE(say(at, 'R', asked) == state::failed);
        CHECK(at.failure().parameter == "password");
    }
    login at = begun();
    REQUIRE(say(at, 'R', number(14)) == state::failed);
    CHECK(at.failure().parameter == "token");
}

TEST_CASE_METHOD(fixture, "what the server reports is kept until the session is ready") {
    login at = begun();
    using namespace std::string_literals;
    REQUIRE(say(at, 'R', number(0)) == state::going);
    CHECK(at.accepted());
    REQUIRE(
        say(at,
            'S',
            "server_version\0"
            "8.0.2\0"s) == state::going
    );
    REQUIRE(say(at, 'K', number(7) + number(11)) == state::going);
    REQUIRE(say(at, 'N', "SNOTICE\0Mwelcome\0\0"s) == state::going);
    REQUIRE(say(at, 'Z', "I") == state::ready);
    CHECK(at.setting("server_version") == "8.0.2");
    CHECK(at.setting("padb_version").empty());
    REQUIRE(at.key());
    CHECK(at.key()->process_id == 7);
    CHECK(at.key()->secret == 11);
}

TEST_CASE_METHOD(fixture, "the server's refusal is its own words and code") {
    login at = begun();
    using namespace std::string_literals;
    REQUIRE(
        say(at, 'E', "SFATAL\0C28000\0Mpassword authentication failed for user \"ada\"\0\0"s) ==
        state::failed
    );
    CHECK(at.failure().kind == status::authentication_failed);
    CHECK(at.failure().from == origin::server);
    CHECK(at.failure().message.find("ada") != std::string::npos);
    CHECK(at.failure().hint.find("pg_hba") == std::string::npos);
}

TEST_CASE_METHOD(fixture, "messages that are cut or do not belong here end the login") {
    using namespace std::string_literals;
    const std::string digest = number(13) + number(0) + counted("salt") + counted("nonce");
    const std::vector<std::pair<char, std::string>> wrong{
        {'R', ""},
        {'R', number(5) + "abc"},
        {'R', number(99)},
        {'R', number(13) + number(1) + counted("s") + counted("n")},
        {'R', number(13) + number(0) + number(0xffffffff)},
        {'S', "no end"},
        {'K', number(7)},
        {'E', "no end"},
        {'Z', "I"},
        {'T', ""},
        {'D', ""}};
    for (const auto& [type, text] : wrong) {
        INFO(type << ' ' << text::hex_text(text));
        login at = begun();
        CHECK(say(at, type, text) == state::failed);
        CHECK_FALSE(at.failure().message.empty());
    }
    for (std::size_t cut = 4; cut < digest.size(); ++cut) {
        login at = begun();
        CHECK(say(at, 'R', digest.substr(0, cut)) == state::failed);
    }
}

}  // namespace qry::redshift
