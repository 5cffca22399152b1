// One cell of the row that a statement stands on, as SQLite holds it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <sqlite3.h>

namespace qry::sqlite {

class cell {
public:
    cell(sqlite3_stmt* statement, int column) noexcept
        : statement_(statement),
          column_(column),
          storage_(sqlite3_column_type(statement, column)) {}

    // SQLITE_NULL, SQLITE_INTEGER, SQLITE_FLOAT, SQLITE_TEXT or SQLITE_BLOB.
    [[nodiscard]] int storage() const noexcept { return storage_; }
    [[nodiscard]] std::int64_t integer() const noexcept {
        return sqlite3_column_int64(statement_, column_);
    }
    [[nodiscard]] double real() const noexcept {
        return sqlite3_column_double(statement_, column_);
    }
    // Of a TEXT or a BLOB; valid until the next step. Throws std::bad_alloc.
    [[nodiscard]] std::string_view bytes() const;
    // Numbers as the shortest text that reads back the same, TEXT as it is.
    [[nodiscard]] std::string number_text() const;
    // For a message: "the TEXT 'abc'", cut and made printable.
    [[nodiscard]] std::string shown() const;

private:
    sqlite3_stmt* statement_;
    int column_;
    int storage_;
};

[[nodiscard]] std::string text_of(std::int64_t value);
// "1.5", "1e+300", "inf"; a whole number as an integer is written.
[[nodiscard]] std::string text_of(double value);

// A whole number that float64 holds exactly.
[[nodiscard]] bool is_exact_double(std::int64_t value) noexcept;

}  // namespace qry::sqlite
