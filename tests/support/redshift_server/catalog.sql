-- What a PostgreSQL needs to stand in for Redshift behind redshift_server.py. psql -f catalog.sql

-- Redshift's own types: only their names and bytes matter, so each borrows the functions of a type
-- with the same bytes. Values of super, varbyte and geometry are the text that Redshift sends.
CREATE TYPE super;
CREATE FUNCTION super_in(cstring) RETURNS super AS 'textin' LANGUAGE internal IMMUTABLE STRICT;
CREATE FUNCTION super_out(super) RETURNS cstring AS 'textout' LANGUAGE internal IMMUTABLE STRICT;
CREATE TYPE super (INPUT = super_in, OUTPUT = super_out, LIKE = text);

CREATE TYPE varbyte;
CREATE FUNCTION varbyte_in(cstring) RETURNS varbyte AS 'textin' LANGUAGE internal IMMUTABLE STRICT;
CREATE FUNCTION varbyte_out(varbyte) RETURNS cstring AS 'textout' LANGUAGE internal IMMUTABLE STRICT;
CREATE TYPE varbyte (INPUT = varbyte_in, OUTPUT = varbyte_out, LIKE = text);

CREATE TYPE geometry;
CREATE FUNCTION geometry_in(cstring) RETURNS geometry AS 'textin' LANGUAGE internal IMMUTABLE STRICT;
CREATE FUNCTION geometry_out(geometry) RETURNS cstring AS 'textout' LANGUAGE internal IMMUTABLE STRICT;
CREATE TYPE geometry (INPUT = geometry_in, OUTPUT = geometry_out, LIKE = text);

-- Months; sent as four bytes.
CREATE TYPE intervaly2m;
CREATE FUNCTION y2m_in(cstring) RETURNS intervaly2m AS 'int4in' LANGUAGE internal IMMUTABLE STRICT;
CREATE FUNCTION y2m_out(intervaly2m) RETURNS cstring AS 'int4out' LANGUAGE internal IMMUTABLE STRICT;
CREATE FUNCTION y2m_send(intervaly2m) RETURNS bytea AS 'int4send' LANGUAGE internal IMMUTABLE STRICT;
CREATE TYPE intervaly2m (INPUT = y2m_in, OUTPUT = y2m_out, SEND = y2m_send, LIKE = integer);

-- Microseconds; sent as eight bytes.
CREATE TYPE intervald2s;
CREATE FUNCTION d2s_in(cstring) RETURNS intervald2s AS 'int8in' LANGUAGE internal IMMUTABLE STRICT;
CREATE FUNCTION d2s_out(intervald2s) RETURNS cstring AS 'int8out' LANGUAGE internal IMMUTABLE STRICT;
CREATE FUNCTION d2s_send(intervald2s) RETURNS bytea AS 'int8send' LANGUAGE internal IMMUTABLE STRICT;
CREATE TYPE intervald2s (INPUT = d2s_in, OUTPUT = d2s_out, SEND = d2s_send, LIKE = bigint);

-- The views of Redshift that the driver reads, over the catalog of a PostgreSQL that stands in for
-- it: columns as the pages of SVV_ALL_TABLES and SVV_ALL_COLUMNS in Amazon's Database Developer Guide
-- list them.
CREATE SCHEMA redshift_views;

CREATE VIEW redshift_views.svv_all_tables AS
SELECT current_database()::varchar(128) AS database_name,
       n.nspname::varchar(128) AS schema_name,
       c.relname::varchar(128) AS table_name,
       NULL::varchar(128) AS table_acl,
       CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'f' THEN 'EXTERNAL TABLE' ELSE 'TABLE' END::varchar(128) AS table_type,
       d.description::varchar(128) AS remarks
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_description d ON d.objoid = c.oid AND d.objsubid = 0 AND d.classoid = 'pg_class'::regclass
 WHERE c.relkind IN ('r', 'v', 'f') AND n.nspname <> 'redshift_views';

CREATE VIEW redshift_views.svv_all_columns AS
SELECT current_database()::varchar(128) AS database_name,
       n.nspname::varchar(128) AS schema_name,
       c.relname::varchar(128) AS table_name,
       a.attname::varchar(128) AS column_name,
       a.attnum::integer AS ordinal_position,
       pg_get_expr(f.adbin, f.adrelid)::varchar(4000) AS column_default,
       CASE WHEN a.attnotnull THEN 'NO' ELSE 'YES' END::varchar(3) AS is_nullable,
       CASE format_type(a.atttypid, NULL)
         WHEN 'varbyte' THEN 'binary varying' WHEN 'intervaly2m' THEN 'interval year to month'
         WHEN 'intervald2s' THEN 'interval day to second'
         ELSE format_type(a.atttypid, NULL) END::varchar(128) AS data_type,
       CASE WHEN a.atttypid IN (1042, 1043) AND a.atttypmod > 4 THEN a.atttypmod - 4 END::integer AS character_maximum_length,
       CASE WHEN a.atttypid = 1700 AND a.atttypmod > 4 THEN (a.atttypmod - 4) >> 16 END::integer AS numeric_precision,
       CASE WHEN a.atttypid = 1700 AND a.atttypmod > 4 THEN (a.atttypmod - 4) & 2047 END::integer AS numeric_scale,
       d.description::varchar(256) AS remarks
  FROM pg_attribute a
  JOIN pg_class c ON c.oid = a.attrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_attrdef f ON f.adrelid = a.attrelid AND f.adnum = a.attnum
  LEFT JOIN pg_description d ON d.objoid = a.attrelid AND d.objsubid = a.attnum AND d.classoid = 'pg_class'::regclass
 WHERE c.relkind IN ('r', 'v', 'f') AND n.nspname <> 'redshift_views' AND a.attnum > 0 AND NOT a.attisdropped;

GRANT USAGE ON SCHEMA redshift_views TO PUBLIC;
GRANT SELECT ON ALL TABLES IN SCHEMA redshift_views TO PUBLIC;
ALTER DATABASE postgres SET search_path = public, redshift_views;

-- The front has logged its user in already.
DO $$ BEGIN
    EXECUTE format('COPY (SELECT ''host all all 127.0.0.1/32 trust'') TO %L', current_setting('hba_file'));
END $$;
SELECT pg_reload_conf();
