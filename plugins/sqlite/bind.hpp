// Arguments: $1 … $n of the statement from the children of an Arrow struct.
#pragma once

#include <sqlite3.h>

#include <qry/arrow.h>
#include <qry/result.hpp>

namespace qry::sqlite {

// schema and array are both NULL, or a struct of one row. Each $n takes the n-th child;
// their number must be the highest n. The table of types is in README.md.
[[nodiscard]] result<void> bind_arguments(
    sqlite3* db, sqlite3_stmt* statement, const ArrowSchema* schema, const ArrowArray* array
);

}  // namespace qry::sqlite
