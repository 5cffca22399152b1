#include <catch2/catch.hpp>

#include "fixture.hpp"

using namespace qry::test;
using row = std::vector<std::string>;

namespace {

constexpr const char* script = R"(
CREATE TABLE parent(id INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE, price DECIMAL(10,2) DEFAULT 1.5);
CREATE TABLE pair(x, y INT, PRIMARY KEY (y, x)) WITHOUT ROWID;
CREATE TABLE child(
    a INT, b INT, parent_id REFERENCES parent, made TIMESTAMP, twice AS (a * 2),
    FOREIGN KEY (a, b) REFERENCES pair(y, x)
);
CREATE UNIQUE INDEX child_ab ON child(b, a);
CREATE UNIQUE INDEX child_expression ON child(lower(b));
CREATE UNIQUE INDEX child_partial ON child(a) WHERE a > 0;
CREATE VIEW seen AS SELECT id, code FROM parent;
CREATE VIEW broken AS SELECT * FROM gone;
CREATE VIRTUAL TABLE words USING fts5(body);
INSERT INTO parent VALUES (1, 'a', 1), (2, 'b', 2);
ANALYZE;
)";

std::vector<row> part(qry::conformance::session& on, int which) {
    return read_part(on, {.part = which}).rows;
}

}  // namespace

TEST_CASE("tables are listed with their kind and, after ANALYZE, their size") {
    const database_file file(script);
    const auto session = file.connect();
    CHECK(
        part(*session, QRY_INTROSPECT_TABLES) ==
        std::vector<row>{
            {"null", "main", "broken", "view", "null", "null"},
            {"null", "main", "child", "table", "null", "null"},
            {"null", "main", "pair", "table", "null", "null"},
            {"null", "main", "parent", "table", "null", "2"},
            {"null", "main", "seen", "view", "null", "null"},
            {"null", "main", "words", "virtual table", "null", "null"}}
    );
    CHECK(session->book().violations().empty());
}

TEST_CASE("columns are listed with both types, nullability and default, broken views left out") {
    const database_file file(script);
    const auto session = file.connect();
    CHECK(
        part(*session, QRY_INTROSPECT_COLUMNS) ==
        std::vector<row>{
            {"null", "main", "child", "a", "1", "INT", "int64", "true", "null", "null"},
            {"null", "main", "child", "b", "2", "INT", "int64", "true", "null", "null"},
            {"null", "main", "child", "parent_id", "3", "", "string", "true", "null", "null"},
            {"null",
             "main",
             "child",
             "made",
             "4",
             "TIMESTAMP",
             "timestamp[us]",
             "true",
             "null",
             "null"},
            {"null", "main", "child", "twice", "5", "", "string", "true", "null", "null"},
            {"null", "main", "pair", "x", "1", "", "string", "false", "null", "null"},
            {"null", "main", "pair", "y", "2", "INT", "int64", "false", "null", "null"},
            {"null", "main", "parent", "id", "1", "INTEGER", "int64", "false", "null", "null"},
            {"null", "main", "parent", "code", "2", "TEXT", "string", "false", "null", "null"},
            {"null",
             "main",
             "parent",
             "price",
             "3",
             "DECIMAL(10,2)",
             "decimal128(10, 2)",
             "true",
             "1.5",
             "null"},
            {"null", "main", "seen", "id", "1", "INTEGER", "int64", "true", "null", "null"},
            {"null", "main", "seen", "code", "2", "TEXT", "string", "true", "null", "null"},
            {"null", "main", "words", "body", "1", "", "string", "true", "null", "null"}}
    );
}

TEST_CASE("keys are listed with their columns in order; expressions and partial indexes are none") {
    const database_file file(script);
    const auto session = file.connect();
    const row no_reference = {"null", "null", "null", "null"};
    const auto key = [&](row first, row reference) {
        row out = {"null", "main"};
        out.insert(out.end(), first.begin(), first.end());
        out.insert(out.end(), reference.begin(), reference.end());
        return out;
    };
    CHECK(
        part(*session, QRY_INTROSPECT_KEYS) ==
        std::vector<row>{
            key({"child", "child_ab", "unique", R"(["b", "a"])"}, no_reference),
            key({"child", "null", "foreign", R"(["a", "b"])"},
                {"null", "main", "pair", R"(["y", "x"])"}),
            key({"child", "null", "foreign", R"(["parent_id"])"},
                {"null", "main", "parent", R"(["id"])"}),
            key({"pair", "null", "primary", R"(["y", "x"])"}, no_reference),
            key({"parent", "null", "primary", R"(["id"])"}, no_reference),
            key({"parent", "null", "unique", R"(["code"])"}, no_reference)}
    );
}

TEST_CASE("the parts are one snapshot, and small batches lose nothing") {
    const database_file file(script);
    file.run("PRAGMA journal_mode = wal");
    const auto session = file.connect();
    (void)read_part(*session, {.part = QRY_INTROSPECT_TABLES, .first = true, .last = false});
    file.run("CREATE TABLE late(a)");
    const auto columns = read_part(
        *session, {.part = QRY_INTROSPECT_COLUMNS, .first = false, .last = true, .batch_rows = 1}
    );
    CHECK(columns.rows.size() == 13);
    CHECK(columns.batches == 13);
    CHECK(read_part(*session, {.part = QRY_INTROSPECT_TABLES}).rows.size() == 7);
}

TEST_CASE("a schema or catalog that does not exist is empty") {
    const database_file file(script);
    const auto session = file.connect();
    CHECK(read_part(*session, {.part = QRY_INTROSPECT_TABLES, .schema = "main"}).rows.size() == 6);
    CHECK(read_part(*session, {.part = QRY_INTROSPECT_TABLES, .schema = "other"}).rows.empty());
    CHECK(read_part(*session, {.part = QRY_INTROSPECT_KEYS, .catalog = "x"}).rows.empty());
}
