#include <fstream>

#include <catch2/catch.hpp>

#include "fixture.hpp"

using namespace qry::test;
namespace conformance = qry::conformance;

namespace {

qry::error refused(std::map<std::string, std::string> params) {
    auto made = conformance::session::connect(plugin(), {.params = std::move(params)});
    REQUIRE_FALSE(made);
    return std::move(made).error();
}

}  // namespace

TEST_CASE("a file is opened for reading unless the mode says otherwise") {
    const database_file file("CREATE TABLE t(a INTEGER)");
    const auto reader = file.connect();
    const auto e = fails(*reader, "INSERT INTO t VALUES (1)");
    CHECK(e.kind == qry::status::permission_denied);
    CHECK(contains(e.hint, "mode to 'rw'"));
    const auto writer = file.connect("rw");
    CHECK(ask(*writer, "INSERT INTO t VALUES (1)").rows_affected == 1);
    CHECK(ask(*reader, "SELECT a FROM t").rows.at(0).at(0) == "1");
}

TEST_CASE("only rwc creates a missing file") {
    const database_file file;
    const std::string missing = file.folder() + "/other.db";
    for (const char* mode : {"ro", "rw"}) {
        const auto e = refused({{"path", missing}, {"mode", mode}});
        CHECK(e.kind == qry::status::connection_failed);
        CHECK(contains(e.message, missing));
        CHECK(contains(e.message, "No such file"));
        CHECK(contains(e.hint, "rwc"));
    }
    CHECK(conformance::session::connect(plugin(), {.params = {{"path", missing}, {"mode", "rwc"}}})
    );
}

TEST_CASE("a path that looks like a URI or a special name is only a path") {
    for (const char* path : {"file:nothing?mode=memory", ":nothing"}) {
        CHECK(refused({{"path", path}}).kind == qry::status::connection_failed);
    }
}

TEST_CASE("what is no database, and what is no parameter, is told") {
    const database_file file;
    std::ofstream(file.folder() + "/text.db") << std::string(2000, 'x');
    const auto text = refused({{"path", file.folder() + "/text.db"}});
    CHECK(text.kind == qry::status::connection_failed);
    CHECK(contains(text.hint, "not an SQLite database"));
    CHECK(refused({{"path", file.folder()}}).kind == qry::status::connection_failed);

    CHECK(refused({}).parameter == "path");
    const auto mode = refused({{"path", file.path()}, {"mode", "write"}});
    CHECK(mode.kind == qry::status::invalid_parameter);
    CHECK(mode.message == "parameter 'mode' is 'write'; expected 'ro', 'rw' or 'rwc'");
    CHECK(refused({{"path", file.path()}, {"busy_timeout", "0"}}).parameter == "busy_timeout");
}

TEST_CASE("test reports its steps, the failing one last") {
    const database_file file("CREATE TABLE t(a); CREATE VIEW v AS SELECT 1");
    const auto good = conformance::run_test(plugin(), {.params = {{"path", file.path()}}});
    CHECK_FALSE(good.failure);
    REQUIRE(good.steps.size() == 2);
    CHECK(good.steps[0].name == "open");
    CHECK(good.steps[1].name == "read");
    CHECK(good.steps[1].detail == "2 tables and views");
    CHECK(good.facts.count("server_version") == 1);

    const auto bad = conformance::run_test(plugin(), {.params = {{"path", "/nowhere/x.db"}}});
    REQUIRE(bad.failure);
    REQUIRE(bad.steps.size() == 1);
    CHECK_FALSE(bad.steps[0].ok);
    CHECK_FALSE(bad.steps[0].hint.empty());
}

TEST_CASE("other files, code and guards are out of reach") {
    const database_file file("CREATE TABLE t(a)");
    const database_file other("CREATE TABLE secret(a)");
    const auto session = file.connect("rw");
    const auto attach = fails(*session, "ATTACH '" + other.path() + "' AS o");
    CHECK(attach.kind == qry::status::permission_denied);
    CHECK(contains(attach.message, "ATTACH is not allowed"));
    for (const std::string& sql :
         {std::string("ATTACH '' AS o"),
          std::string("DETACH main"),
          "VACUUM INTO '" + file.folder() + "/copy.db'",
          std::string("SELECT load_extension('x')"),
          std::string("PRAGMA writable_schema = ON"),
          std::string("PRAGMA trusted_schema = ON"),
          std::string("PRAGMA busy_timeout = 100000"),
          std::string("PRAGMA temp_store_directory = '/tmp'")}) {
        CHECK(fails(*session, sql).kind == qry::status::permission_denied);
    }
    (void)ask(*session, "VACUUM");
    CHECK(ask(*session, "PRAGMA table_info(t)").rows.size() == 1);
    CHECK(ask(*session, "PRAGMA journal_mode = wal").rows.at(0).at(0) == "wal");
    const auto reader = file.connect();
    CHECK(ask(*reader, "PRAGMA journal_mode").rows.at(0).at(0) == "wal");
    CHECK(contains(fails(*reader, "PRAGMA journal_mode = delete").message, "open read-only"));
}

TEST_CASE("a reset rolls back and drops what the session made") {
    const database_file file("CREATE TABLE t(a)");
    const auto session = file.connect("rw");
    (void)ask(*session, "PRAGMA foreign_keys = ON");
    (void)ask(*session, "CREATE TEMP TABLE mine(a)");
    (void)ask(*session, "CREATE TEMP VIEW seen AS SELECT * FROM mine");
    (void)ask(*session, "CREATE TEMP TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END");
    (void)ask(*session, "BEGIN");
    (void)ask(*session, "INSERT INTO t VALUES (1)");
    REQUIRE(session->reset());
    CHECK(ask(*session, "SELECT count(*) FROM t").rows.at(0).at(0) == "0");
    CHECK(ask(*session, "SELECT count(*) FROM temp.sqlite_master").rows.at(0).at(0) == "0");
    CHECK(ask(*session, "PRAGMA foreign_keys").rows.at(0).at(0) == "0");
    CHECK(session->book().violations().empty());
}
