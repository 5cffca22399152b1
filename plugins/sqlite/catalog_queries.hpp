// The three queries of introspection. Table-valued pragmas are joined, so that SQLite walks its
// catalog once for each part.
#pragma once

#include <string>

namespace qry::sqlite {

// Virtual tables whose module is not loaded make a pragma fail; a catalog without them is better
// than none.
enum class virtual_tables { with, without };

[[nodiscard]] std::string tables_query(bool has_statistics);
// table, name, type, not null, default; in order of table and column.
[[nodiscard]] std::string columns_query(virtual_tables which);
// table, order (1 primary, 2 unique, 3 foreign), number, name, column, referenced table and column;
// one row for each column of each key.
[[nodiscard]] std::string keys_query(virtual_tables which);

}  // namespace qry::sqlite
