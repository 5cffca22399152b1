// A database file in a folder of its own, made by SQLite itself, and the plugin that reads it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <qry/conformance/session.hpp>

#include <qry/kit/arrow/batch_builder.hpp>

namespace qry::test {

const conformance::loaded_plugin& plugin();

class database_file {
public:
    // Runs the script on a new file.
    explicit database_file(const std::string& script = "");
    database_file(const database_file&) = delete;
    database_file& operator=(const database_file&) = delete;
    ~database_file();

    // Runs more on it, by a connection apart from the plugin's.
    void run(const std::string& script) const;
    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    [[nodiscard]] std::string folder() const { return folder_; }
    [[nodiscard]] std::unique_ptr<conformance::session> connect(const std::string& mode = "ro")
        const;

private:
    std::string folder_;
    std::string path_;
};

std::unique_ptr<conformance::session> in_memory();

// What came back: the columns' fields, and the cells as text ("null" for null).
struct answer {
    std::vector<arrow::field> fields;
    std::vector<std::vector<std::string>> rows;
    std::int64_t rows_affected = -1;
    std::size_t batches = 0;
};
// Fails the test when the statement does; every batch is validated.
answer ask(conformance::session& on, conformance::statement what);
answer ask(conformance::session& on, const std::string& sql);
answer read_part(conformance::session& on, const conformance::catalog_request& what);
// The error of a statement that must fail, at execute or while its rows are read.
error fails(conformance::session& on, conformance::statement what);
error fails(conformance::session& on, const std::string& sql);

// A statement with one argument, as the builder of its type was filled.
template <class Builder, class Value>
conformance::statement with_argument(std::string sql, const arrow::data_type& type, Value value) {
    const arrow::field fields[] = {{.name = "1", .type = type}};
    arrow::batch_builder batch(fields, {}, {.rows = 0, .bytes = 0});
    batch.column<Builder>(0).append(value);
    (void)batch.end_row();
    return {
        .sql = std::move(sql), .args_schema = arrow::export_schema(fields), .args = batch.finish()};
}

bool contains(const std::string& text, const std::string& part);

}  // namespace qry::test
