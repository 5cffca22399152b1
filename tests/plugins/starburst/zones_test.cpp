#include <catch2/catch.hpp>

#include "session_state.hpp"
#include "zones.hpp"

namespace qry::starburst {

TEST_CASE("instants are read in the zone that they name") {
    zone_table zones;
    // date -u -d '…' +%s
    const std::pair<const char*, std::int64_t> all[] = {
        {"1970-01-01 00:00:00 UTC", 0},
        {"1970-01-01 00:00:00 +05:30", -19'800},
        {"2024-02-29 12:34:56 Europe/Paris", 1'709'206'496},
        {"2024-07-01 12:00:00 Europe/Paris", 1'719'828'000},
        {"2024-07-01 12:00:00 America/New_York", 1'719'849'600},
        // Beyond what the database lists: summer time holds all the same.
        {"2050-07-01 12:00:00 Europe/Paris", 2'540'282'400},
        {"2050-01-01 12:00:00 Europe/Paris", 2'524'647'600},
        {"2050-01-01 12:00:00 Asia/Tokyo", 2'524'618'800}};
    for (const auto& [text, seconds] : all) {
        INFO(text);
        CHECK(zones.read(text, 0) == seconds);
    }
    CHECK(zones.read("2024-02-29 12:34:56.123456789 Europe/Paris", 9) == 1'709'206'496'123'456'789);
}

TEST_CASE("of an hour that comes twice the earlier is taken") {
    zone_table zones;
    CHECK(zones.read("2024-10-27 02:30:00 Europe/Paris", 0) == 1'729'989'000);
}

TEST_CASE("what is no instant is refused") {
    zone_table zones;
    for (const char* text :
         {"",
          "2024-02-29",
          "2024-02-29 12:00:00",
          "2024-02-29 12:00:00 Nowhere/Land",
          "2024-02-30 12:00:00 UTC",
          "2024-02-29 12:00:00 +99:99",
          "2024-02-29 12:00:00.5 UTC"}) {
        INFO(text);
        CHECK(zones.read(text, 0) == std::nullopt);
    }
    CHECK(zones.read("9999-12-31 00:00:00 UTC", 9) == std::nullopt);
}

TEST_CASE("what the server asks to remember goes into the next request, and comes out again") {
    session_state state;
    const std::vector<http::header> first{
        {"x-trino-set-schema", "sf1"},
        {"X-Trino-Set-Session", "query_max_run_time=1h"},
        {"X-Trino-Added-Prepare", "p=SELECT+%3F%2C+1"},
        {"X-Trino-Started-Transaction-Id", "t-1"}};
    state.take(first);
    CHECK(state.schema == "sf1");
    CHECK(state.prepared.at("p") == "SELECT ?, 1");
    std::vector<http::header> request;
    state.add_to(request);
    const auto find = [&](std::string_view name) {
        for (const auto& h : request) {
            if (h.name == name) return h.value;
        }
        return std::string();
    };
    CHECK(find("X-Trino-Session") == "query_max_run_time=1h");
    CHECK(find("X-Trino-Prepared-Statement") == "p=SELECT%20%3F%2C%201");
    CHECK(find("X-Trino-Transaction-Id") == "t-1");
    const std::vector<http::header> second{
        {"X-Trino-Clear-Session", "query_max_run_time"},
        {"X-Trino-Deallocated-Prepare", "p"},
        {"X-Trino-Clear-Transaction-Id", "true"}};
    state.take(second);
    session_state expected;
    expected.schema = "sf1";
    CHECK(state == expected);
}

}  // namespace qry::starburst
