#include "rules.hpp"

#include <array>
#include <utility>

namespace qry::sql {

namespace {

constexpr rules ansi_rules{};
constexpr rules postgresql_rules{
    .nested_comments = true, .escape_strings = true, .dollars = dollar_quotes::tagged};
constexpr rules sqlite_rules{.backticks = true, .brackets = true};
constexpr rules sqlserver_rules{.nested_comments = true, .brackets = true};
constexpr rules oracle_rules{.q_strings = true};
constexpr rules snowflake_rules{
    .slash_comments = true, .backslash_strings = true, .dollars = dollar_quotes::plain};
constexpr rules bigquery_rules{
    .hash_comments = true,
    .backslash_strings = true,
    .double_quoted_strings = true,
    // r'\'' is one string here, raw or not: no rule needed.
    .triple_quotes = true,
    .backticks = true};
constexpr rules spark_rules{
    .backslash_strings = true,
    .double_quoted_strings = true,
    .raw_strings = true,
    .backticks = true};

// Backquotes are refused by the parser, but are one token to the lexer.
constexpr rules trino_rules{.backticks = true};

constexpr std::array<std::pair<std::string_view, dialect>, 13> names{{
    {"postgresql", dialect::postgresql},
    {"redshift", dialect::postgresql},
    {"sqlite", dialect::sqlite},
    {"sqlserver", dialect::sqlserver},
    {"oracle", dialect::oracle},
    {"snowflake", dialect::snowflake},
    {"bigquery", dialect::bigquery},
    {"spark", dialect::spark},
    {"databricks", dialect::spark},
    {"hive", dialect::spark},
    {"impala", dialect::spark},
    {"trino", dialect::trino},
    {"starburst", dialect::trino},
}};

}  // namespace

const rules& rules_of(dialect of) noexcept {
    switch (of) {
        case dialect::ansi:
            return ansi_rules;
        case dialect::postgresql:
            return postgresql_rules;
        case dialect::sqlite:
            return sqlite_rules;
        case dialect::sqlserver:
            return sqlserver_rules;
        case dialect::oracle:
            return oracle_rules;
        case dialect::snowflake:
            return snowflake_rules;
        case dialect::bigquery:
            return bigquery_rules;
        case dialect::spark:
            return spark_rules;
        case dialect::trino:
            return trino_rules;
    }
    return ansi_rules;
}

dialect dialect_of(std::string_view name) noexcept {
    for (const auto& [known, of] : names) {
        if (known == name) return of;
    }
    return dialect::ansi;
}

}  // namespace qry::sql
