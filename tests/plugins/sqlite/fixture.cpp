#include "fixture.hpp"

#include <cstdlib>
#include <filesystem>

#include <sqlite3.h>
#include <catch2/catch.hpp>

#include <qry/kit/arrow/array_view.hpp>
#include <qry/kit/arrow/validate.hpp>

namespace qry::test {

namespace {

void append_rows(answer& out, const ArrowSchema& schema, const ArrowArray& batch) {
    const auto valid = arrow::validate(schema, batch);
    if (!valid) FAIL(valid.error().message);
    const auto view = arrow::array_view::make(schema, batch);
    for (std::int64_t row = 0; row < view->length(); ++row) {
        std::vector<std::string> cells;
        for (std::size_t c = 0; c < view->child_count(); ++c) {
            cells.push_back(arrow::format_cell(view->child(c), view->child_row(row)));
        }
        out.rows.push_back(std::move(cells));
    }
}

answer read(result<conformance::table> table) {
    if (!table) FAIL(table.error().message);
    answer out;
    out.rows_affected = table->rows_affected;
    out.batches = table->batches.size();
    if (!table->schema) return out;
    const auto schema = arrow::import_field(*table->schema);
    for (const arrow::field& f : schema->type.children())
        out.fields.push_back(f);
    for (const auto& batch : table->batches)
        append_rows(out, *table->schema, *batch);
    return out;
}

}  // namespace

const conformance::loaded_plugin& plugin() {
    static const auto loaded = conformance::loaded_plugin::load(PLUGIN_FILE);
    if (!loaded) FAIL(loaded.error().message);
    return *loaded;
}

database_file::database_file(const std::string& script) {
    std::string name = (std::filesystem::temp_directory_path() / "qry-sqlite-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    folder_ = name;
    path_ = folder_ + "/test.db";
    run(script);
}

database_file::~database_file() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

void database_file::run(const std::string& script) const {
    sqlite3* db = nullptr;
    REQUIRE(sqlite3_open(path_.c_str(), &db) == SQLITE_OK);
    char* message = nullptr;
    const int code = sqlite3_exec(db, script.c_str(), nullptr, nullptr, &message);
    INFO((message != nullptr ? message : ""));
    CHECK(code == SQLITE_OK);
    sqlite3_free(message);
    sqlite3_close(db);
}

std::unique_ptr<conformance::session> database_file::connect(const std::string& mode) const {
    auto made =
        conformance::session::connect(plugin(), {.params = {{"path", path_}, {"mode", mode}}});
    if (!made) FAIL(made.error().message);
    return std::move(*made);
}

std::unique_ptr<conformance::session> in_memory() {
    auto made = conformance::session::connect(plugin(), {.params = {{"path", ":memory:"}}});
    if (!made) FAIL(made.error().message);
    return std::move(*made);
}

answer ask(conformance::session& on, conformance::statement what) {
    return read(on.query(std::move(what)));
}
answer ask(conformance::session& on, const std::string& sql) {
    return read(on.query(sql));
}
answer read_part(conformance::session& on, const conformance::catalog_request& what) {
    return read(on.query(what));
}

error fails(conformance::session& on, conformance::statement what) {
    const std::string sql = what.sql;
    auto table = on.query(std::move(what));
    INFO(sql);
    REQUIRE_FALSE(table);
    return std::move(table).error();
}
error fails(conformance::session& on, const std::string& sql) {
    return fails(on, conformance::statement{.sql = sql});
}

bool contains(const std::string& text, const std::string& part) {
    INFO(text);
    return text.find(part) != std::string::npos;
}

}  // namespace qry::test
