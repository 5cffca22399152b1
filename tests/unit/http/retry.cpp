#include <catch2/catch.hpp>

#include <qry/kit/http/url.hpp>

#include "retry.hpp"

namespace qry::http {

using namespace std::chrono_literals;

TEST_CASE("Retry-After is seconds or a date, never a wait into the past") {
    CHECK(read_retry_after("120", 0) == 120s);
    CHECK(read_retry_after("0", 0) == 0s);
    CHECK(read_retry_after("-5", 0) == 0s);
    CHECK(read_retry_after("Fri, 31 Dec 1999 23:59:59 GMT", 946'684'789) == 10s);
    CHECK(read_retry_after("Fri, 31 Dec 1999 23:59:59 GMT", 2'000'000'000) == 0s);
    CHECK(read_retry_after("99999999", 0) == 24h);
    CHECK(read_retry_after("soon", 0) == std::nullopt);
    CHECK(read_retry_after("", 0) == std::nullopt);
}

TEST_CASE("waits double up to the longest, with jitter between a half and the whole") {
    retry_policy how;
    how.first_wait = 100ms;
    how.longest_wait = 400ms;
    for (std::uint64_t seed = 1; seed < 200; ++seed) {
        retry_state state(how, seed);
        for (const std::chrono::nanoseconds whole : {100ms, 200ms, 400ms, 400ms, 400ms}) {
            const auto wait = state.next(std::nullopt, 0, no_deadline);
            REQUIRE(wait);
            CHECK(*wait >= whole / 2);
            CHECK(*wait <= whole);
        }
        CHECK(state.tries() == 6);
    }
}

TEST_CASE("there is no next try after the last, nor one that would end after the deadline") {
    retry_policy how;
    how.max_tries = 2;
    retry_state state(how, 7);
    CHECK(state.next(std::nullopt, 0, no_deadline));
    CHECK_FALSE(state.next(std::nullopt, 0, no_deadline));
    retry_state late(how, 7);
    CHECK_FALSE(late.next(5s, 0, 5'000'000'000));
    CHECK(late.next(5s, 0, 5'000'000'001));
}

TEST_CASE("an origin is scheme, host and port, however they are written") {
    CHECK(same_origin("https://Trino.example.com/v1/x?y", "https://trino.example.com:443"));
    CHECK(same_origin("http://[::1]/", "http://[::1]:80/a"));
    for (const char* other :
         {"http://trino.example.com:443/",
          "https://trino.example.com:8443/",
          "https://trino.example.com.evil.com/",
          "https://trino.example.com@evil.com/",
          "https://evil.com/trino.example.com",
          "//trino.example.com/",
          ""}) {
        INFO(other);
        CHECK_FALSE(same_origin(other, "https://trino.example.com"));
    }
}

TEST_CASE("what is logged of a URL has no query, and of a secret one no path") {
    auto url = read_url("https://db.example.com/a/b?token=c#d");
    REQUIRE(url);
    CHECK(url->path == "/a/b");
    CHECK(url->query == "token=c");
    CHECK(loggable(*url, false) == "https://db.example.com:443/a/b");
    CHECK(loggable(*url, true) == "https://db.example.com:443/…");
    auto six = read_url("http://[2001:db8::1]:8080/");
    REQUIRE(six);
    CHECK(six->host == "2001:db8::1");
    CHECK(loggable(*six, false) == "http://[2001:db8::1]:8080/");
}

}  // namespace qry::http
