// Introspection over several catalogs at once.
#include <catch2/catch.hpp>

#include <atomic>

#include "coordinator.hpp"

namespace qry::test {

namespace {

const std::string table_columns =
    R"("columns":[{"name":"a","type":"varchar"},{"name":"b","type":"varchar"},)"
    R"({"name":"c","type":"varchar"},{"name":"d","type":"varchar"},{"name":"e","type":"varchar"},)"
    R"({"name":"f","type":"bigint"}])";

std::string table_in(const std::string& catalog) {
    return table_columns + R"(,"data":[[")" + catalog + R"(","s","t","table",null,null]])";
}

void have_catalogs(coordinator& trino, const std::string& names) {
    trino.answer_to(
        "FROM system.metadata.catalogs",
        {.replies = {R"("columns":[{"name":"a","type":"varchar"}],"data":)" + names}}
    );
}

}  // namespace

TEST_CASE("a catalog that cannot be read costs its own tables and a warning") {
    coordinator trino;
    have_catalogs(trino, R"([["good"],["broken"],["last"]])");
    for (const std::string name : {"good", "last"})
        trino.answer_to("\"" + name + "\".information_schema", {.replies = {table_in(name)}});
    trino.answer_to(
        "\"broken\".information_schema",
        {.replies = {R"("error":{"message":"metastore is down","errorCode":1,)"
                     R"("errorName":"HIVE_METASTORE_ERROR","errorType":"EXTERNAL"})"}}
    );
    auto s = connect(trino);
    const auto rows = rows_of(s->query(conformance::catalog_request{}));
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].find("good") != std::string::npos);
    CHECK(rows[1].find("last") != std::string::npos);
    const auto notices = s->book().notices();
    REQUIRE(notices.size() == 1);
    CHECK(notices[0].message.find("broken") != std::string::npos);
    CHECK(notices[0].message.find("metastore is down") != std::string::npos);
    check_rules(*s);
}

TEST_CASE("a cancel ends the queries of all catalogs that were asked") {
    coordinator trino;
    std::atomic<conformance::session*> at_work = nullptr;
    std::atomic<int> asked = 0;
    have_catalogs(trino, R"([["one"],["two"],["three"]])");
    for (const std::string name : {"one", "two", "three"}) {
        trino.answer_to(
            "\"" + name + "\".information_schema",
            {.replies = {table_columns},
             // Once the server knows all three; not all of them have a name by then.
             .before_first =
                 [&] {
                     if (++asked == 3) at_work.load()->cancel();
                 },
             .hangs = true}
        );
    }
    auto s = connect(trino);
    at_work = s.get();
    REQUIRE(s->introspect(conformance::catalog_request{}));
    REQUIRE_FALSE(s->next());
    CHECK(trino.stopped().size() == 3);
    check_rules(*s);
}

TEST_CASE("a cancel waits for the name of a catalog's query, and ends that too") {
    coordinator trino;
    std::atomic<conformance::session*> at_work = nullptr;
    have_catalogs(trino, R"([["one"]])");
    trino.answer_to(
        "\"one\".information_schema",
        {.replies = {table_columns},
         .before_first = [&at_work] { at_work.load()->cancel(); },
         .hangs = true}
    );
    auto s = connect(trino);
    at_work = s.get();
    REQUIRE(s->introspect(conformance::catalog_request{}));
    const auto got = s->next();
    REQUIRE_FALSE(got);
    CHECK(got.error().kind == status::query_cancelled);
    CHECK(trino.stopped().size() == 1);
    check_rules(*s);
}

TEST_CASE("a broken catalog does not disturb the one that is read beside it") {
    coordinator trino;
    have_catalogs(trino, R"([["broken"],["big"]])");
    trino.answer_to(
        "\"broken\".information_schema",
        {.replies = {table_columns + R"(,"data":[[1]])"}, .hangs = true}
    );
    trino.answer_to(
        "\"big\".information_schema",
        {.replies = {"", "", table_columns, table_in("big"), table_in("big"), ""}}
    );
    auto s = connect(trino);
    const auto got = s->query(conformance::catalog_request{});
    // What breaks the protocol is not one catalog's matter.
    REQUIRE_FALSE(got);
    CHECK(trino.stopped().size() >= 1);
    check_rules(*s);
}

}  // namespace qry::test
