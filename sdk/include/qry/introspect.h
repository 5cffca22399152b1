/* Introspection: the catalog of a database as three Arrow tables with fixed schemas.
 *
 * The host asks for the parts one after another on one session, in the order of the enum. A driver
 * answers each from set-based catalog queries: the number of round trips may not depend on the
 * number of tables. `first` and `last` let a driver hold one consistent snapshot over all parts
 * (BEGIN … COMMIT); a reset in between ends it.
 *
 * Schemas (u = utf8, all fields in this order; ? = nullable):
 *   tables   catalog u?, schema u?, name u, kind u, comment u?, row_estimate int64?
 *   columns  catalog u?, schema u?, table u, name u, ordinal int32 (from 1), type u (the
 *            database's own name), arrow_type u (as pyarrow prints it: "int64",
 *            "decimal128(12, 2)"), nullable bool, default u?, comment u?
 *   keys     catalog u?, schema u?, table u, name u?, kind u ("primary", "unique", "foreign"),
 *            columns list<u>, ref_catalog u?, ref_schema u?, ref_table u?, ref_columns list<u>?
 * kind of a table: "table", "view", "materialized view", "foreign table", "partitioned table",
 * "external table", "system table"; anything else is shown as it is. Rows of columns and keys are
 * grouped by table, columns in order of ordinal within it.
 */
#pragma once

#include <stdint.h>

enum {
    QRY_INTROSPECT_UNSET = 0,
    QRY_INTROSPECT_TABLES = 1,
    QRY_INTROSPECT_COLUMNS = 2,
    QRY_INTROSPECT_KEYS = 3
};

typedef struct qry_introspect_request {
    uint32_t struct_size;
    /* QRY_INTROSPECT_*. */
    int32_t part;
    /* 1 on the first part asked of this session, and on the last. */
    int32_t first;
    int32_t last;
    /* Only this catalog or schema, by exact name; NULL = all that the user may see, without the
     * database's own system schemas. */
    const char* catalog;
    const char* schema;
    /* Upper bounds for one batch; at most QRY_BATCH_MAX_*. */
    int64_t batch_rows;
    int64_t batch_bytes;
} qry_introspect_request;
