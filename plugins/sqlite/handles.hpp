// Owners of SQLite's handles.
#pragma once

#include <memory>

#include <sqlite3.h>

namespace qry::sqlite {

struct close_database {
    // The _v2 form never fails: a statement still open keeps the connection alive until it ends.
    void operator()(sqlite3* db) const noexcept { sqlite3_close_v2(db); }
};
struct finalize_statement {
    void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
};

using unique_database = std::unique_ptr<sqlite3, close_database>;
using unique_statement = std::unique_ptr<sqlite3_stmt, finalize_statement>;

}  // namespace qry::sqlite
