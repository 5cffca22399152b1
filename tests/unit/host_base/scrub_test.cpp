#include "base/scrub.hpp"

#include <catch2/catch.hpp>

#include <random>
#include <string>

using qry::base::scrub;

namespace {

std::map<std::string, qry::secret> with(std::string_view password) {
    std::map<std::string, qry::secret> out;
    out.emplace("password", qry::secret(password));
    return out;
}

}  // namespace

TEST_CASE("Each form of a secret is taken out of a text") {
    const auto [password, text, expected] = GENERATE(table<std::string, std::string, std::string>({
        {"hunter2hunter", "login with hunter2hunter failed", "login with *** failed"},
        // Percent-encoded, in either case of the digits.
        {"p@ss/wörd", "postgres://u:p%40ss%2Fw%C3%B6rd@h", "postgres://u:***@h"},
        {"p@ss/wörd", "postgres://u:p%40ss%2fw%c3%b6rd@h", "postgres://u:***@h"},
        // JSON.
        {"a\"b\\c\nd", R"({"password":"a\"b\\c\nd"})", R"({"password":"***"})"},
        // A connection string of libpq.
        {"it's\\me", R"(password='it\'s\\me' host=x)", R"(password='***' host=x)"},
        // SQL, and ODBC.
        {"it's me", "IDENTIFIED BY 'it''s me'", "IDENTIFIED BY '***'"},
        {"ab}cdef", "PWD={ab}}cdef};", "PWD={***};"},
        // base64("hunter2hunter").
        {"hunter2hunter", "Basic aHVudGVyMmh1bnRlcg==", "Basic ***g=="},
        // Cut off in the middle, as a parser quotes what it could not read.
        {"correct horse battery", "invalid port: \"t horse b\"", "invalid port: \"***\""},
        // Short ones only in full, the shortest only when they stand alone.
        {"abc", "abc or abd", "*** or abd"},
        {"x", "x, ax, 'x'", "***, ax, '***'"},
    }));
    CAPTURE(password, text);
    CHECK(scrub(text, with(password)) == expected);
}

TEST_CASE("base64 of user and password hides the password at each alignment") {
    // base64 of "u:hunter2hunter", "us:hunter2hunter", "use:hunter2hunter".
    for (const std::string text :
         {"dTpodW50ZXIyaHVudGVy", "dXM6aHVudGVyMmh1bnRlcg==", "dXNlOmh1bnRlcjJodW50ZXI="}) {
        const std::string out = scrub("Authorization: Basic " + text, with("hunter2hunter"));
        CAPTURE(out);
        CHECK(out.find("***") != std::string::npos);
        for (std::size_t i = 4; i + 8 <= text.size() - 4; ++i) {
            CHECK(out.find(text.substr(i, 8)) == std::string::npos);
        }
    }
}

TEST_CASE("A text without the secret stays as it is") {
    CHECK(
        scrub("relation \"t\" does not exist", with("hunter2hunter")) ==
        "relation \"t\" does not exist"
    );
    CHECK(scrub("", with("hunter2")).empty());
    CHECK(scrub("as it is", {}) == "as it is");
    CHECK(scrub("as it is", with("")) == "as it is");
}

TEST_CASE("No six characters in a row of a secret survive, wherever it is cut") {
    std::minstd_rand random(11);
    const std::string letters = "abcdefghijklmnopqrstuvwxyz0123456789'\"\\%{}@/+= \n";
    for (int round = 0; round < 500; ++round) {
        std::string password;
        for (std::size_t i = 0, n = 6 + random() % 30; i < n; ++i) {
            password += letters[random() % letters.size()];
        }
        const std::size_t from = random() % (password.size() - 5);
        const std::string part = password.substr(from, 6 + random() % password.size());
        const std::string out = scrub("before " + part + " after", with(password));
        for (std::size_t i = 0; i + 6 <= password.size(); ++i) {
            REQUIRE(out.find(password.substr(i, 6)) == std::string::npos);
        }
    }
}

TEST_CASE("A mask does not complete a secret that has its characters in it") {
    std::map<std::string, qry::secret> secrets = with("ab***cdef");
    secrets.emplace("token", qry::secret("hunter2hunter"));
    CHECK(scrub("abhunter2huntercdef", secrets) == "***");
    CHECK(scrub("ab hunter2hunter cdef", secrets) == "ab *** cdef");
    CHECK(scrub("******", with("******")) == "***");
}
