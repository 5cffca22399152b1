#include "catalog_queries.hpp"

namespace qry::sqlite {

namespace {

// What a user calls a table: not SQLite's own, not the shadows of virtual tables. A view that
// refers to something that is gone has no columns, and asking for them would be an error.
std::string tables(virtual_tables which) {
    std::string out =
        "(SELECT schema, name, type FROM pragma_table_list WHERE schema = 'main' "
        "AND type <> 'shadow' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' "
        "AND (type <> 'view' OR ncol > 0)";
    if (which == virtual_tables::without) out += " AND type <> 'virtual'";
    return out + ")";
}

// Every join below is a CROSS JOIN, which SQLite keeps in the order it is written in: asked before
// its argument is known, a table-valued pragma has no rows.

}  // namespace

std::string tables_query(bool has_statistics) {
    // The first number of a statistic is the number of rows of the index, which for a partial one
    // is less than that of the table.
    const std::string estimate =
        has_statistics
            ? "(SELECT max(CAST(s.stat AS INTEGER)) FROM main.sqlite_stat1 s WHERE s.tbl = t.name)"
            : "NULL";
    return "SELECT t.name, CASE t.type WHEN 'virtual' THEN 'virtual table' ELSE t.type END, " +
           estimate +
           " FROM pragma_table_list t WHERE t.schema = 'main' AND t.type <> 'shadow' "
           "AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY t.name";
}

std::string columns_query(virtual_tables which) {
    // INTEGER PRIMARY KEY is the row's number and never null, although nothing declares it so.
    return "SELECT t.name, x.name, x.type, "
           "x.\"notnull\" OR (x.pk > 0 AND upper(x.type) = 'INTEGER' AND "
           "sum(x.pk > 0) OVER (PARTITION BY t.name) = 1), x.dflt_value "
           "FROM " +
           tables(which) +
           " t CROSS JOIN pragma_table_xinfo(t.name, t.schema) x WHERE x.hidden <> 1 "
           "ORDER BY t.name, x.cid";
}

std::string keys_query(virtual_tables which) {
    const std::string from = " FROM " + tables(which) + " t ";
    return "SELECT t.name, 1, 0, NULL, x.name, NULL, NULL, x.pk AS seq" + from +
           "CROSS JOIN pragma_table_xinfo(t.name, t.schema) x WHERE x.pk > 0 "
           // A key over an expression has no columns to name; a partial index is not a key.
           "UNION ALL SELECT t.name, 2, l.seq, iif(l.origin = 'c', l.name, NULL), i.name, NULL, "
           "NULL, i.seqno" +
           from +
           "CROSS JOIN pragma_index_list(t.name, t.schema) l "
           "CROSS JOIN pragma_index_info(l.name, t.schema) i "
           "WHERE l.\"unique\" AND l.origin <> 'pk' AND NOT l.partial AND NOT EXISTS "
           "(SELECT 1 FROM pragma_index_info(l.name, t.schema) e WHERE e.cid = -2) "
           // Without named columns a foreign key refers to the primary key.
           "UNION ALL SELECT t.name, 3, f.id, NULL, f.\"from\", f.\"table\", coalesce(f.\"to\", "
           "(SELECT p.name FROM pragma_table_xinfo(f.\"table\", t.schema) p "
           "WHERE p.pk = f.seq + 1)), f.seq" +
           from + "CROSS JOIN pragma_foreign_key_list(t.name, t.schema) f ORDER BY 1, 2, 3, 8";
}

}  // namespace qry::sqlite
