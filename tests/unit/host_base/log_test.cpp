#include "base/log.hpp"

#include <catch2/catch.hpp>

#include "base/utf8.hpp"

using namespace qry::base;

TEST_CASE("Levels have names, and anything else is warn") {
    CHECK(parse_log_level("error") == log_level::error);
    CHECK(parse_log_level("trace") == log_level::trace);
    CHECK(parse_log_level("warn") == log_level::warn);
    CHECK(parse_log_level("LOUD") == log_level::warn);
}

TEST_CASE("A talkative source gets its burst, then its rate, and what was held back is counted") {
    log_limiter limiter;
    std::int64_t now = 1'000'000'000;
    for (int i = 0; i < 100; ++i)
        REQUIRE(limiter.ask(now).allowed);
    for (int i = 0; i < 5; ++i)
        REQUIRE_FALSE(limiter.ask(now).allowed);
    // 20 lines a second: one each 50 ms.
    now += 50'000'000;
    const auto verdict = limiter.ask(now);
    CHECK(verdict.allowed);
    CHECK(verdict.held_back == 5);
    CHECK_FALSE(limiter.ask(now).allowed);
}

TEST_CASE("A long text is cut between characters") {
    CHECK(cut_utf8("short", 5) == "short");
    CHECK(cut_utf8("longer", 5) == "lo\xE2\x80\xA6");
    // "ää" is four bytes: half a character never stays.
    CHECK(cut_utf8("\xC3\xA4\xC3\xA4\xC3\xA4", 5) == "\xC3\xA4\xE2\x80\xA6");
}
