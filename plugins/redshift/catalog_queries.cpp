// Sources: the pages of SVV_ALL_TABLES, SVV_ALL_COLUMNS and PG_CONSTRAINT in Amazon's Database
// Developer Guide. Functions of the leader node cannot be joined with what compute nodes know, so
// each query stays on one side: views here, pg_catalog for the keys.
#include "catalog_queries.hpp"

namespace qry::redshift {

namespace {

// The most columns of a key that are read; Redshift's keys are informational and narrow.
constexpr int key_columns = 16;

// $1 schema, $2 catalog.
std::string which(std::string_view schema, std::string_view database, bool this_database_only) {
    std::string sql = " where ($1::varchar is null or " + std::string(schema) +
                      " = $1::varchar) and ($2::varchar is null or " + std::string(database) +
                      " = $2::varchar) and ($1::varchar is not null or " + std::string(schema) +
                      " not in ('pg_catalog', 'information_schema', 'pg_internal',"
                      " 'catalog_history', 'pg_automv', 'pg_s3', 'pg_mv', 'pg_toast'))"
                      " and " +
                      std::string(schema) + " not like 'pg!_temp!_%' escape '!'";
    if (this_database_only) sql += " and " + std::string(database) + " = current_database()";
    return sql;
}

// SVV_ALL_TABLES says TABLE, VIEW, EXTERNAL TABLE, SHARED TABLE, LATE BINDING VIEW, …
std::string tables_query(bool this_database_only) {
    return "select database_name::varchar, schema_name::varchar, table_name::varchar,"
           " case when table_type like '%MATERIALIZED%' then 'materialized view'"
           " when table_type like '%VIEW%' then 'view'"
           " when table_type like 'EXTERNAL%' then 'foreign table' else 'table' end,"
           " nullif(remarks, '')::varchar, null::bigint from svv_all_tables" +
           which("schema_name", "database_name", this_database_only) + " order by 1, 2, 3";
}

std::string columns_query(bool this_database_only) {
    const std::string type =
        "case when data_type in ('numeric', 'decimal') and numeric_precision is not null"
        " then 'numeric(' || numeric_precision::varchar || ',' ||"
        " coalesce(numeric_scale, 0)::varchar || ')'"
        " when data_type in ('character varying', 'character') and character_maximum_length > 0"
        " then data_type || '(' || character_maximum_length::varchar || ')'"
        " else data_type end";
    return "select database_name::varchar, schema_name::varchar, table_name::varchar,"
           " column_name::varchar, ordinal_position::integer, " +
           type + ", " + type +
           ", coalesce(is_nullable, 'YES') <> 'NO', nullif(column_default, '')::varchar,"
           " nullif(remarks, '')::varchar from svv_all_columns" +
           which("schema_name", "database_name", this_database_only) + " order by 1, 2, 3, 5";
}

// {"a","b"}: there is no aggregate on the leader node that makes one text of many. chr(92) is the
// backslash, which means two things in a literal of Redshift and of PostgreSQL.
std::string names_of(std::string_view relation, std::string_view numbers) {
    std::string sql = "'{'";
    for (int i = 1; i <= key_columns; ++i) {
        const std::string number = std::string(numbers) + '[' + std::to_string(i) + ']';
        sql += " || coalesce((select " + std::string(i > 1 ? "',' || " : "") +
               "'\"' || replace(replace(a.attname::varchar, chr(92), chr(92) || chr(92)), '\"',"
               " chr(92) || '\"') || '\"'"
               " from pg_catalog.pg_attribute a where a.attrelid = " +
               std::string(relation) + " and a.attnum = " + number + "), '')";
    }
    return sql + " || '}'";
}

std::string keys_query() {
    return "select current_database()::varchar, n.nspname::varchar, c.relname::varchar,"
           " k.conname::varchar, case k.contype when 'p' then 'primary' when 'u' then 'unique'"
           " else 'foreign' end, " +
           names_of("k.conrelid", "k.conkey") +
           ", case when k.contype = 'f' then current_database()::varchar end,"
           " rn.nspname::varchar, rc.relname::varchar, case when k.contype = 'f' then " +
           names_of("k.confrelid", "k.confkey") +
           " end from pg_catalog.pg_constraint k"
           " join pg_catalog.pg_class c on c.oid = k.conrelid"
           " join pg_catalog.pg_namespace n on n.oid = c.relnamespace"
           " left join pg_catalog.pg_class rc on rc.oid = k.confrelid"
           " left join pg_catalog.pg_namespace rn on rn.oid = rc.relnamespace" +
           which("n.nspname", "current_database()", false) +
           " and k.contype in ('p', 'u', 'f') order by 2, 3, k.contype = 'f', 4";
}

}  // namespace

std::string catalog_query(const qry_introspect_request& request, bool this_database_only) {
    switch (request.part) {
        case QRY_INTROSPECT_TABLES:
            return tables_query(this_database_only);
        case QRY_INTROSPECT_COLUMNS:
            return columns_query(this_database_only);
        case QRY_INTROSPECT_KEYS:
            return keys_query();
        default:
            return {};
    }
}

postgresql::catalog_columns catalog_plan(std::int32_t part) {
    auto columns = postgresql::catalog_plan(part);
    // Arrays have no binary form that is documented.
    for (postgresql::catalog_column& c : columns) {
        if (c.form == postgresql::value_form::array) c.form = postgresql::value_form::text_array;
    }
    return columns;
}

}  // namespace qry::redshift
