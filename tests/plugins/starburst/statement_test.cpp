// A query from the first reply to the last, and all the ways to end it.
#include <catch2/catch.hpp>

#include <atomic>

#include "coordinator.hpp"

namespace qry::test {

namespace {

using namespace std::chrono_literals;

const std::string second = R"("data":[[2],[3]])";

}  // namespace

TEST_CASE("rows come reply after reply, empty ones between, and columns before rows") {
    coordinator trino;
    trino.answer_to("select a", {.replies = {"", one_column, R"("data":[[1]])", "", second, ""}});
    auto s = connect(trino);
    CHECK(
        rows_of(s->query("select a")) ==
        std::vector<std::string>{R"({"a": 1})", R"({"a": 2})", R"({"a": 3})"}
    );
    CHECK(trino.stopped().empty());
    check_rules(*s);
}

TEST_CASE("an error after rows is the result's error, and nothing is left to stop") {
    coordinator trino;
    trino.answer_to(
        "select a",
        {.replies =
             {one_column + R"(,"data":[[1]])",
              R"("error":{"message":"Division by zero","errorCode":8,)"
              R"("errorName":"DIVISION_BY_ZERO","errorType":"USER_ERROR"})"}}
    );
    auto s = connect(trino);
    const auto got = s->query("select a");
    REQUIRE_FALSE(got);
    CHECK(got.error().sqlstate == "22012");
    CHECK(got.error().from == origin::server);
    check_rules(*s);
}

TEST_CASE("a cancel while the server is silent ends the query there") {
    coordinator trino;
    trino.answer_to("select a", {.replies = {one_column + R"(,"data":[[1]])"}, .hangs = true});
    for (const int status : {204, 404, 409, 500}) {
        INFO(status);
        trino.answer_to(
            "select a",
            {.replies = {one_column + R"(,"data":[[1]])"}, .hangs = true, .stop_status = status}
        );
        auto s = connect(trino);
        const std::size_t before = trino.stopped().size();
        REQUIRE(s->execute("select a"));
        CHECK(s->next());
        const auto got = s->next({.cancel_after = 1ms});
        REQUIRE_FALSE(got);
        CHECK(got.error().kind == status::query_cancelled);
        CHECK(trino.stopped().size() == before + 1);
        check_rules(*s);
    }
}

TEST_CASE("a server that does not answer the DELETE holds the session for a second at most") {
    coordinator trino;
    trino.answer_to("select a", {.replies = {one_column}, .hangs = true, .stop_status = 0});
    trino.answer_to("select b", {.replies = {one_column + R"(,"data":[[7]])"}});
    auto s = connect(trino);
    REQUIRE(s->execute("select a"));
    CHECK_FALSE(s->next({.cancel_after = 1ms}));
    CHECK(s->last_call().took() < 5s);
    CHECK(rows_of(s->query("select b")) == std::vector<std::string>{R"({"a": 7})"});
    check_rules(*s);
}

TEST_CASE("a query that is cancelled before it has a name is ended once it has one") {
    coordinator trino;
    std::atomic<conformance::session*> at_work = nullptr;
    trino.answer_to(
        "select a",
        {.replies = {one_column},
         .before_first = [&at_work] { at_work.load()->cancel(); },
         .hangs = true}
    );
    auto s = connect(trino);
    at_work = s.get();
    auto got = s->query("select a");
    REQUIRE_FALSE(got);
    CHECK(got.error().kind == status::query_cancelled);
    CHECK(trino.stopped() == std::vector<std::string>{"select a"});
    check_rules(*s);
}

TEST_CASE("a result that is reset half-read is ended on the server") {
    coordinator trino;
    trino.answer_to("select a", {.replies = {one_column + R"(,"data":[[1]])", second, second, ""}});
    auto s = connect(trino);
    REQUIRE(s->execute("select a"));
    REQUIRE(s->reset());
    CHECK(trino.stopped() == std::vector<std::string>{"select a"});
    check_rules(*s);
}

TEST_CASE("rows that are not what the columns say are an error, and the query is ended") {
    coordinator trino;
    const std::vector<std::string> broken{
        R"("data":[["x"]])",
        R"("data":[[1,2]])",
        R"("data":[[]])",
        R"("data":[{"a":1}])",
        R"("data":[[1)",
        R"("data":[[99999999999999999999]])",
        R"("data":[1])"};
    for (const std::string& data : broken) {
        INFO(data);
        trino.answer_to("select a", {.replies = {one_column + "," + data}, .hangs = true});
        auto s = connect(trino);
        const auto got = s->query("select a");
        CHECK_FALSE(got);
        check_rules(*s);
    }
}

TEST_CASE("a reply that leads to another server is not followed") {
    coordinator trino;
    coordinator other;
    trino.answer_to("select a", {.replies = {R"("nextUri":")" + other.url() + R"(/v1/next/x/1")"}});
    auto s = connect(trino);
    const auto got = s->query("select a");
    REQUIRE_FALSE(got);
    CHECK(got.error().message.find(other.url()) != std::string::npos);
    CHECK(other.asked("GET") == 0);
    check_rules(*s);
}

TEST_CASE("what the server asks to remember is sent until the session is reset") {
    coordinator trino;
    trino.answer_to(
        "set session",
        {.replies = {R"("updateType":"SET SESSION")"},
         .headers = "X-Trino-Set-Session: query_priority=7\r\n"}
    );
    trino.answer_to("select a", {.replies = {one_column + R"(,"data":[[1]])"}});
    auto s = connect(trino);
    REQUIRE(s->query("set session query_priority = 7"));
    REQUIRE(s->query("select a"));
    CHECK(trino.head_of("POST").find("X-Trino-Session: query_priority=7") != std::string::npos);
    REQUIRE(s->reset());
    REQUIRE(s->query("select a"));
    CHECK(trino.head_of("POST").find("X-Trino-Session:") == std::string::npos);
    check_rules(*s);
}

TEST_CASE("a transaction that was left open is rolled back by the reset") {
    coordinator trino;
    trino.answer_to(
        "start transaction",
        {.replies = {R"("updateType":"START TRANSACTION")"},
         .headers = "X-Trino-Started-Transaction-Id: t-1\r\n"}
    );
    trino.answer_to(
        "ROLLBACK",
        {.replies = {R"("updateType":"ROLLBACK")"},
         .headers = "X-Trino-Clear-Transaction-Id: t\r\n"}
    );
    auto s = connect(trino);
    REQUIRE(s->query("start transaction"));
    CHECK(trino.asked("POST") == 1);
    REQUIRE(s->reset());
    CHECK(trino.asked("POST") == 2);
    CHECK(trino.head_of("POST").find("X-Trino-Transaction-Id: t-1") != std::string::npos);
    check_rules(*s);
}

}  // namespace qry::test
