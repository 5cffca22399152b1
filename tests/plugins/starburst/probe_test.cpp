// test(): each step by name, and the one that fails.
#include <catch2/catch.hpp>

#include "coordinator.hpp"

namespace qry::test {

namespace {

const std::string one_text = R"("columns":[{"name":"a","type":"varchar"}],"data":)";

std::vector<std::string> names_of(const conformance::test_outcome& outcome) {
    std::vector<std::string> names;
    for (const test_step& step : outcome.steps)
        names.push_back(step.name + (step.ok ? "" : " failed"));
    return names;
}

void answer_all(coordinator& trino) {
    trino.answer_to("SELECT current_user", {.replies = {one_text + R"([["ada"]])"}});
    trino.answer_to("FROM system.metadata.catalogs", {.replies = {one_text + R"([["lake"]])"}});
    trino.answer_to("information_schema.schemata", {.replies = {one_text + R"([["s"]])"}});
}

}  // namespace

TEST_CASE("a test passes step by step") {
    coordinator trino;
    answer_all(trino);
    const auto outcome = conformance::run_test(starburst(), trino.source());
    CHECK_FALSE(outcome.failure);
    CHECK(
        names_of(outcome) ==
        std::vector<std::string>{"resolve", "tcp", "tls", "authenticate", "database", "permissions"}
    );
    CHECK(outcome.facts.at("server_version") == "476");
}

TEST_CASE("a name without an address fails as such, and not as a server that is away") {
    coordinator trino;
    // A label too long for the name service: no server is asked, so none needs to answer.
    const auto outcome = conformance::run_test(
        starburst(), trino.source({{"host", std::string(64, 'x') + ".invalid"}})
    );
    REQUIRE(outcome.failure);
    CHECK(names_of(outcome) == std::vector<std::string>{"resolve failed"});
    const auto away = conformance::run_test(starburst(), trino.source({{"port", "1"}}));
    REQUIRE(away.failure);
    CHECK(names_of(away) == std::vector<std::string>{"resolve", "tcp failed"});
}

TEST_CASE("a catalog that is not there is told before a query needs it") {
    coordinator trino;
    answer_all(trino);
    const auto outcome = conformance::run_test(starburst(), trino.source({{"catalog", "nosuch"}}));
    REQUIRE(outcome.failure);
    CHECK(outcome.failure->kind == status::not_found);
    CHECK(names_of(outcome).back() == "database failed");
}

TEST_CASE("a server that refuses the user fails at the login") {
    coordinator trino;
    trino.answer_to(
        "SELECT current_user",
        {.replies = {R"("error":{"message":"Access Denied","errorCode":4,)"
                     R"("errorName":"PERMISSION_DENIED","errorType":"USER_ERROR"})"}}
    );
    const auto outcome = conformance::run_test(starburst(), trino.source());
    REQUIRE(outcome.failure);
    CHECK(names_of(outcome).back() == "authenticate failed");
}

}  // namespace qry::test
