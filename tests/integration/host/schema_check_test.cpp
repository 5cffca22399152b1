// The cheap check of a refresh, on real databases: whatever changes the schema is read, and
// whatever does not is not. A reading shows in the generation.
#include "host_fixture.hpp"
#include "postgres_server.hpp"

namespace qry::test {
namespace {

postgres_server& catalog_server() {
    static const std::unique_ptr<postgres_server> started = postgres_server::start();
    return *started;
}

datasource_ptr make_postgresql(host& in) {
    datasource_spec spec;
    spec.name = "pg";
    spec.driver = "postgresql";
    spec.params = {
        {"host", "127.0.0.1"},
        {"port", std::to_string(catalog_server().port())},
        {"user", "postgres"},
        {"dbname", "postgres"}};
    auto made = create(in, std::move(spec));
    REQUIRE(made);
    return *made;
}

void change(datasource& on, const std::string& statement) {
    INFO(statement);
    auto done = run(on, sql(statement));
    if (!done) FAIL(done.error().message);
}

struct outcome {
    std::uint64_t generation;
    schema_snapshot::time_point taken_at;
    schema_diff diff;
};

outcome check_again(datasource& source) {
    auto diff = wait<schema_diff>([&](auto done) {
        (void)source.refresh_schema([](const refresh_progress&) {}, std::move(done));
    });
    REQUIRE(diff);
    const auto now = source.cached_schema();
    REQUIRE(now);
    return {now->generation(), now->taken_at(), std::move(*diff)};
}

outcome is_seen(datasource& source, const char* statement, const outcome& last) {
    INFO(statement);
    change(source, statement);
    outcome now = check_again(source);
    CHECK(now.generation == last.generation + 1);
    return now;
}

// Found as it was: nothing is read, and what is there is young again.
outcome changes_nothing(datasource& source, const char* statement, const outcome& last) {
    INFO(statement);
    change(source, statement);
    outcome now = check_again(source);
    CHECK(now.generation == last.generation);
    CHECK(now.taken_at > last.taken_at);
    CHECK(now.diff.empty());
    return now;
}

}  // namespace

TEST_CASE("no change of a PostgreSQL schema is missed, however small") {
    auto host = open_host();
    auto source = make_postgresql(*host);
    for (const char* statement :
         {"drop schema if exists chk cascade",
          "create schema chk",
          "set search_path = chk",
          "create type chk.state as enum ('new', 'paid')",
          "create domain chk.price as numeric(10,2)",
          "create type chk.pair as (a int, b int)",
          "create sequence chk.numbers",
          "create function chk.make() returns int language sql as 'select 1'",
          "create table chk.a (id int primary key, s varchar(10), d int default 5)",
          "create table chk.b (id int, m chk.state default 'new', f int default chk.make(),"
          " n int default nextval('chk.numbers'), p chk.pair)"}) {
        change(*source, statement);
    }
    auto last = check_again(*source);
    for (const char* statement :
         {"alter table chk.a add column extra text",
          "alter table chk.a rename column extra to more",
          "alter table chk.a drop column more",
          "alter table chk.a alter column s type varchar(20)",
          "alter table chk.a alter column s set not null",
          "alter table chk.a alter column d set default 6",
          "alter table chk.a alter column d drop default",
          "alter table chk.a alter column id add generated always as identity",
          "comment on table chk.a is 'one'",
          "comment on table chk.a is 'two'",
          "comment on column chk.a.s is 'text'",
          "comment on column chk.a.s is null",
          "alter table chk.a add constraint u unique (s)",
          "alter table chk.a rename constraint u to w",
          "alter table chk.b add foreign key (id) references chk.a (id)",
          "alter table chk.a rename to c",
          "alter table chk.c rename to a",
          "alter type chk.state rename to states",
          "alter type chk.states rename value 'new' to 'fresh'",
          "alter domain chk.price rename to amount",
          "alter sequence chk.numbers rename to counted",
          "alter function chk.make() rename to made",
          "alter type chk.pair add attribute c text",
          "create view chk.v as select id from chk.a",
          "create materialized view chk.m as select id from chk.a",
          "create table chk.part (i int) partition by list (i)",
          "create unlogged table chk.fast (i int)",
          "drop view chk.v",
          "alter schema chk rename to chk2",
          "alter schema chk2 rename to chk",
          "drop table chk.b"}) {
        last = is_seen(*source, statement, last);
    }
    CHECK(check_again(*source).generation == last.generation);
}

TEST_CASE("what leaves a PostgreSQL schema as it is causes no reading, and makes it young") {
    auto host = open_host();
    auto source = make_postgresql(*host);
    for (const char* statement :
         {"drop schema if exists chk cascade",
          "create schema chk",
          "create table chk.a (id int primary key, s text)",
          "create materialized view chk.m as select id from chk.a"}) {
        change(*source, statement);
    }
    auto last = check_again(*source);
    for (const char* statement :
         {"insert into chk.a select i, 'x' from generate_series(1, 1000) i",
          "analyze chk.a",
          "truncate chk.a",
          "vacuum full chk.a",
          "refresh materialized view chk.m",
          "create temporary table t (i int default 7)",
          "create index on chk.a (s)"}) {
        last = changes_nothing(*source, statement, last);
    }
}

TEST_CASE("a change that is undone again before the next refresh is none") {
    auto host = open_host();
    auto source = make_postgresql(*host);
    change(*source, "drop schema if exists chk cascade");
    change(*source, "create schema chk");
    const auto before = check_again(*source);
    change(*source, "create table chk.gone (i int)");
    change(*source, "drop table chk.gone");
    CHECK(check_again(*source).generation == before.generation);
}

TEST_CASE("the same holds for SQLite") {
    temporary_folder folder;
    const auto path = folder.file("shop.db");
    auto host = open_host();
    auto source = *create(*host, sqlite_spec("shop", path));
    change(*source, "create table a (id integer primary key, s text)");
    auto last = check_again(*source);
    for (const char* statement :
         {"insert into a values (1, 'x')",
          "vacuum",
          "delete from a",
          "create temp table t (i int)"}) {
        last = changes_nothing(*source, statement, last);
    }
    for (const char* statement :
         {"alter table a add column n int default 3",
          "alter table a rename column n to m",
          "create unique index u on a (s)",
          "create view v as select id from a",
          "drop view v",
          "alter table a rename to b"}) {
        last = is_seen(*source, statement, last);
    }
}

TEST_CASE("what was found unchanged is kept so, and is compared by the host that comes next") {
    temporary_folder folder;
    const auto registry = folder.file("qry.db");
    outcome kept{};
    {
        auto host = open_host(registry);
        auto source = *create(*host, sqlite_spec("shop", folder.file("shop.db")));
        change(*source, "create table a (id int)");
        const auto read = check_again(*source);
        kept = check_again(*source);
        CHECK(kept.generation == read.generation);
        CHECK(kept.taken_at > read.taken_at);
        REQUIRE(wait<void>([&](auto done) { host->close(std::move(done)); }));
    }
    auto host = open_host(registry);
    auto source = *wait<datasource_ptr>([&](auto done) { host->get("shop", std::move(done)); });
    auto found = wait<schema_ptr>([&](auto done) { (void)source->schema({}, std::move(done)); });
    REQUIRE(found);
    // The registry keeps microseconds.
    CHECK(kept.taken_at - (*found)->taken_at() < std::chrono::microseconds(1));
    CHECK((*found)->read_at() < (*found)->taken_at());
    CHECK(check_again(*source).generation == kept.generation);
    change(*source, "create table b (id int)");
    const auto changed = check_again(*source);
    CHECK(changed.generation == kept.generation + 1);
    REQUIRE(changed.diff.added.size() == 1);
    CHECK(changed.diff.added[0].name == "main.b");
}

}  // namespace qry::test
