// Each part is the number of rows and the sum of a 64-bit hash of each, over the rows that
// introspection reads and what it reads of them: no order, no sort, no memory, and parallel workers
// where the server has them. Sums, not exclusive-or: that aggregate came with PostgreSQL 14.
//
// What is hashed is content. A row's xmin would be cheaper, but repeats in a database that was
// restored to an earlier time, or whose standby took over. TRUNCATE, ANALYZE, VACUUM FULL and
// temporary tables change nothing here, so that they cause no reading.
//
// Names that expressions and types show (functions, operators, enum labels, …) are few. They are
// hashed with their xmin, because the server prints them as they are now and not as they were when
// the transaction began: a rename and its undoing in the middle of a reading must show.
#include "catalog_digest.hpp"

#include <string_view>

namespace qry::postgresql {

namespace {

constexpr std::string_view relations =
    " in (select c.oid from pg_catalog.pg_class c"
    " where c.relkind in ('r', 'v', 'm', 'f', 'p', 'c') and c.relpersistence <> 't')";

// What the server's output of types and expressions depends on.
constexpr std::string_view settings =
    "version(), current_database(), current_schemas(false)::text, current_setting('DateStyle'),"
    " current_setting('IntervalStyle'), current_setting('TimeZone'),"
    " current_setting('extra_float_digits'), current_setting('bytea_output'),"
    " current_setting('lc_monetary'), current_setting('quote_all_identifiers')";

constexpr std::string_view namespaces =
    "hashoidextended(n.oid, hashnameextended(n.nspname, 0))) from pg_catalog.pg_namespace n"
    " where n.nspname not like 'pg\\_temp\\_%' and n.nspname not like 'pg\\_toast\\_temp\\_%'";

// Sequences as well: defaults name them.
constexpr std::string_view classes =
    "hashcharextended(c.relkind, hashnameextended(c.relname,"
    " c.oid::int8 << 32 | c.relnamespace::int8))) from pg_catalog.pg_class c"
    " where c.relkind in ('r', 'v', 'm', 'f', 'p', 'c', 'S') and c.relpersistence <> 't'";

constexpr std::string_view attributes =
    "hashint8extended(a.atttypid::int8 << 32 | a.atttypmod::int8 & 4294967295,"
    " hashcharextended(a.attidentity, hashcharextended(a.attgenerated, hashnameextended(a.attname,"
    " a.attrelid::int8 << 17 | a.attnum::int8 << 1 | a.attnotnull::int)))))"
    " from pg_catalog.pg_attribute a where a.attnum > 0 and not a.attisdropped and a.attrelid";

constexpr std::string_view defaults =
    "hashtextextended(f.adbin::text, f.adrelid::int8 << 16 | f.adnum))"
    " from pg_catalog.pg_attrdef f where f.adrelid";

constexpr std::string_view comments =
    "hashtextextended(d.description, d.objoid::int8 << 16 | d.objsubid))"
    " from pg_catalog.pg_description d"
    " where d.classoid = 'pg_catalog.pg_class'::regclass and d.objoid";

// The array stands innermost: the hash of an empty one is the same whatever its seed. Keys never
// are, and both sides of a foreign key are as long.
constexpr std::string_view constraints =
    "hashcharextended(k.contype, hashnameextended(k.conname,"
    " hash_array_extended(k.conkey || coalesce(k.confkey, '{}'),"
    " k.conrelid::int8 << 32 | k.confrelid::int8)))) from pg_catalog.pg_constraint k"
    " where k.contype in ('p', 'u', 'f') and k.conrelid";

// Of tables' own types there are two a table, which go by its name.
constexpr std::string_view names =
    "hashtextextended(concat_ws(' ', x.kind, x.id, x.version, x.name, x.place), 0)) from ("
    "select 't' kind, oid id, xmin::text version, typname::text name,"
    " concat_ws(' ', typnamespace, typtype, typbasetype, typtypmod, typelem) place"
    " from pg_catalog.pg_type"
    " where oid >= 16384 and typtype <> 'c' and typcategory <> 'A'"
    " union all select 'e', oid, xmin::text, enumlabel::text, enumtypid::text"
    " from pg_catalog.pg_enum"
    " union all select 'f', oid, xmin::text, proname::text, pronamespace::text"
    " from pg_catalog.pg_proc where oid >= 16384"
    " union all select 'o', oid, xmin::text, oprname::text, oprnamespace::text"
    " from pg_catalog.pg_operator where oid >= 16384"
    " union all select 'c', oid, xmin::text, collname::text, collnamespace::text"
    " from pg_catalog.pg_collation where oid >= 16384"
    " union all select 's', oid, xmin::text, cfgname::text, cfgnamespace::text"
    " from pg_catalog.pg_ts_config where oid >= 16384"
    " union all select 'd', oid, xmin::text, dictname::text, dictnamespace::text"
    " from pg_catalog.pg_ts_dict where oid >= 16384) x";

}  // namespace

// The parts stand in FROM: scalar sub-selects would get no parallel workers.
std::string catalog_digest_query() {
    struct part {
        std::string_view name;
        std::string_view what;
        bool of_relations;
    };
    constexpr part parts[] = {
        {"n", namespaces, false},
        {"c", classes, false},
        {"a", attributes, true},
        {"f", defaults, true},
        {"d", comments, true},
        {"k", constraints, true},
        {"x", names, false}};
    std::string from;
    std::string sql = "with said(t) as materialized (select concat_ws('|', ";
    sql += settings;
    for (const part& p : parts) {
        sql.append(", ").append(p.name).append(".v");
        from.append(from.empty() ? "" : ", ").append("(select count(*) || ':' || sum(");
        from.append(p.what).append(p.of_relations ? relations : "");
        from.append(") ").append(p.name).append("(v)");
    }
    sql.append(") from ").append(from).append(
        " where $1::text = '')"
        " select to_hex(hashtextextended(t, 0)) || to_hex(hashtextextended(t, 1)) from said"
    );
    return sql;
}

}  // namespace qry::postgresql
