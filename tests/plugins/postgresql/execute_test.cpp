#include <functional>
#include <string>

#include <catch2/catch.hpp>

#include "live.hpp"

using namespace qry;
using namespace qry::test;

TEST_CASE("a statement without a result set tells the rows it affected") {
    auto s = connect();
    must(s->query("drop table if exists affected"));
    const auto made = must(s->query("create table affected (a int)"));
    CHECK_FALSE(made.schema);
    CHECK(made.rows_affected == -1);
    CHECK(must(s->query("insert into affected select generate_series(1, 5)")).rows_affected == 5);
    CHECK(must(s->query("update affected set a = a + 1 where a > 3")).rows_affected == 2);
    {
        const auto returned = must(s->query("delete from affected where a < 3 returning a"));
        CHECK(returned.rows() == 2);
        CHECK(returned.rows_affected == 2);
    }
    CHECK(must(s->query("select * from affected")).rows_affected == -1);
    must(s->query("drop table affected"));
    must(s->close());
    check_rules(*s);
}

TEST_CASE("an empty statement and a result without rows are no errors") {
    auto s = connect();
    CHECK_FALSE(must(s->query("")).schema);
    CHECK_FALSE(must(s->query("-- nothing")).schema);
    const auto none = must(s->query("select 1 as a where false"));
    CHECK(none.schema);
    CHECK(none.rows() == 0);
    const auto bare = must(s->query("select from generate_series(1, 3)"));
    CHECK(bare.rows() == 3);
}

TEST_CASE("more than one statement is refused and says so") {
    auto s = connect();
    const error e = failure(*s, "select 1; select 2");
    CHECK(e.kind == status::query_error);
    CHECK(e.sqlstate == "42601");
    CHECK(e.message == "the text holds more than one statement");
    CHECK(cell(*s, "select 3") == "3");
}

TEST_CASE("COPY is refused in both directions and leaves the session intact") {
    auto s = connect();
    must(s->query("create table if not exists copied (a int)"));
    for (int i = 0; i < 100; ++i) {
        REQUIRE(failure(*s, "copy copied from stdin").kind == status::unsupported);
        REQUIRE(cell(*s, "select 4") == "4");
    }
    for (const char* sql :
         {"copy copied from stdin",
          "copy copied to stdout",
          "copy (select generate_series(1, 1000000)) to stdout"}) {
        const error e = failure(*s, sql);
        CHECK(e.kind == status::unsupported);
        CHECK(e.message == "COPY to or from the client is not supported");
        CHECK(cell(*s, "select 4") == "4");
    }
    must(s->query("drop table copied"));
}

TEST_CASE("errors carry SQLSTATE, position in characters, names and a hint") {
    auto s = connect();
    const error missing = failure(*s, "select 'äöü', nope");
    CHECK(missing.sqlstate == "42703");
    CHECK(missing.position == 15);
    CHECK(missing.from == origin::server);
    must(s->query("create table keyed (a int constraint keyed_pk primary key)"));
    must(s->query("insert into keyed values (1)"));
    const error twice = failure(*s, "insert into keyed values (1)");
    CHECK(twice.sqlstate == "23505");
    CHECK(twice.detail.find("constraint: keyed_pk") != std::string::npos);
    CHECK(twice.detail.find("table: keyed") != std::string::npos);
    must(s->query("drop table keyed"));
    CHECK(failure(*s, "select * from no_such").hint.find("search_path") != std::string::npos);
    CHECK(failure(*s, "select 1/0 from generate_series(1, 10)").sqlstate == "22012");
    // After rows have been sent.
    const error late = failure(*s, "select 1/(90000 - i) from generate_series(1, 100000) i");
    CHECK(late.sqlstate == "22012");
}

TEST_CASE("notices and warnings are reported beside the result") {
    auto s = connect();
    must(s->query("do $$ begin raise notice 'hey %', 1; raise warning 'uh'; end $$"));
    const auto notices = s->book().notices();
    REQUIRE(notices.size() == 2);
    CHECK(notices[0].severity == "NOTICE");
    CHECK(notices[0].message == "hey 1");
    CHECK(notices[1].severity == "WARNING");
    CHECK(notices[1].sqlstate == "01000");
}

TEST_CASE("reset rolls back a transaction and drops settings, locks, temporary tables") {
    auto s = connect();
    must(s->query("drop table if exists kept"));
    must(s->query("create table kept (a int)"));
    must(s->reset());
    must(s->query("begin"));
    must(s->query("insert into kept values (1)"));
    must(s->reset());
    CHECK(cell(*s, "select count(*) from kept") == "0");
    must(s->query("begin"));
    CHECK_FALSE(s->query("select 1/0"));
    must(s->reset());
    CHECK(cell(*s, "select 1") == "1");
    must(s->query("set work_mem = '7MB'"));
    must(s->query("create temp table scratch (a int)"));
    must(s->query("select pg_advisory_lock(4711)"));
    must(s->query("set role scram_user"));
    must(s->reset());
    CHECK(cell(*s, "select current_user::text") == "postgres");
    CHECK(cell(*s, "show work_mem") != "7MB");
    CHECK(failure(*s, "select * from scratch").sqlstate == "42P01");
    CHECK(cell(*s, "select count(*) from pg_locks where locktype = 'advisory'") == "0");
    must(s->query("drop table kept"));
}

TEST_CASE("a session setting of the datasource survives reset") {
    auto s = connect({{"search_path", "\"a b\", public"}, {"statement_timeout", "90s"}});
    must(s->query("set statement_timeout = 1000"));
    must(s->reset());
    CHECK(cell(*s, "show statement_timeout") == "90s");
    CHECK(cell(*s, "show search_path") == "\"a b\", public");
}

TEST_CASE("a server-side statement timeout is an error of the server, not a cancel") {
    auto s = connect({{"statement_timeout", "0.05"}});
    const error e = failure(*s, "select pg_sleep(10)");
    CHECK(e.kind == status::query_error);
    CHECK(e.sqlstate == "57014");
    CHECK(e.hint.find("statement_timeout") != std::string::npos);
}

TEST_CASE("a statement whose table changed is prepared again by itself") {
    auto s = connect();
    must(s->query("drop table if exists changing"));
    must(s->query("create table changing (a int)"));
    must(s->query("insert into changing values (1)"));
    CHECK(type_of(*s, "select * from changing") == "int32");
    must(s->query("alter table changing alter a type text"));
    CHECK(type_of(*s, "select * from changing") == "string");
    CHECK(cell(*s, "select * from changing") == "1");
    must(s->query("drop table changing"));
}

TEST_CASE("DEALLOCATE ALL and DISCARD ALL by the user cost nothing but a new Parse") {
    auto s = connect();
    for (const char* sql : {"deallocate all", "discard all"}) {
        CHECK(cell(*s, "select 5") == "5");
        must(s->query(sql));
        CHECK(cell(*s, "select 5") == "5");
        must(s->reset());
        CHECK(cell(*s, "select 5") == "5");
    }
}

TEST_CASE("statements beyond the cache are closed at the server") {
    auto s = connect({{"statement_cache_size", "10"}});
    for (int i = 0; i < 50; ++i) {
        CHECK(cell(*s, "select " + std::to_string(i)) == std::to_string(i));
    }
    const std::string held = cell(*s, "select count(*) from pg_prepared_statements");
    CHECK(std::stoi(held) <= 11);
    auto none = connect({{"statement_cache_size", "0"}});
    CHECK(cell(*none, "select 1") == "1");
    CHECK(cell(*none, "select count(*) from pg_prepared_statements where name <> ''") == "0");
}

TEST_CASE("batches keep to their bounds and lose no row") {
    auto s = connect();
    for (const std::int64_t rows : {1, 7, 1000, 65536}) {
        auto t = must(s->query(conformance::statement{
            .sql = "select i, 'row ' || i from generate_series(1, 3000) i", .batch_rows = rows}));
        CHECK(t.rows() == 3000);
        for (const auto& b : t.batches)
            CHECK(b->length <= rows);
    }
    auto small = must(s->query(conformance::statement{
        .sql = "select repeat('x', 1000) from generate_series(1, 3000)", .batch_bytes = 100'000}));
    CHECK(small.rows() == 3000);
    CHECK(small.batches.size() >= 30);
    must(s->close());
    small = {};
    check_rules(*s);
}

TEST_CASE("a cell of 64 MiB arrives whole") {
    auto s = connect();
    auto t = must(s->query("select repeat('0123456789abcdef', 4194304) as big"));
    REQUIRE(t.batches.size() == 1);
    const auto* offsets = static_cast<const std::int32_t*>(t.batches[0]->children[0]->buffers[1]);
    CHECK(offsets[1] == 67'108'864);
}

TEST_CASE("query options choose how numerics arrive, and unknown ones are refused") {
    auto s = connect();
    auto with = [&](const std::string& numeric) {
        return s->query(conformance::statement{
            .sql = "select 1.25::numeric as n", .options = {{"numeric", numeric}}});
    };
    CHECK(rows_of(must(with("text"))) == std::vector<std::string>{"{\"n\": \"1.25\"}"});
    CHECK(rows_of(must(with("double"))) == std::vector<std::string>{"{\"n\": 1.25}"});
    CHECK(rows_of(must(with("decimal(10,3)"))) == std::vector<std::string>{"{\"n\": 1.250}"});
    auto misfit = with("decimal(10,1)");
    REQUIRE_FALSE(misfit);
    CHECK(misfit.error().message.find("1.25") != std::string::npos);
    CHECK(misfit.error().message.find("column \"n\"") != std::string::npos);
    must(s->reset());
    auto wrong = with("float");
    REQUIRE_FALSE(wrong);
    CHECK(wrong.error().kind == status::invalid_parameter);
    CHECK(wrong.error().parameter == "numeric");
    auto unknown =
        s->query(conformance::statement{.sql = "select 1", .options = {{"colour", "red"}}});
    REQUIRE_FALSE(unknown);
    CHECK(unknown.error().parameter == "colour");
    CHECK(cell(*s, "select 6") == "6");
}

TEST_CASE("while one large value arrives, others on the loop get their turn") {
    auto s = connect();
    int turns = 0;
    std::function<void()> again = [&] {
        ++turns;
        s->loop().post(again);
    };
    s->loop().post(again);
    const int megabytes = 64;
    const auto sql = "select repeat('x', " + std::to_string(megabytes << 20) + ") as large";
    CHECK(must(s->query(sql)).rows() == 1);
    again = [] {};
    // At most 4 MiB are read in each.
    CHECK(turns >= megabytes / 4);
    must(s->close());
    check_rules(*s);
}
