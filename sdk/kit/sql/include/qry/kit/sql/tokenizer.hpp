// SQL text cut into tokens, so that placeholders and semicolons are found where they are meant and
// not inside literals, identifiers and comments. A lexer, not a parser: it never refuses a text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <qry/result.hpp>

namespace qry::sql {

enum class dialect : std::uint8_t {
    ansi,
    postgresql,
    sqlite,
    sqlserver,
    oracle,
    snowflake,
    bigquery,
    // Spark, Databricks, Hive, Impala.
    spark,
    // Trino and Starburst.
    trino,
};

// The dialect that a manifest's word stands for ("redshift" lexes as postgresql does); ansi for a
// word that is not known.
[[nodiscard]] dialect dialect_of(std::string_view name) noexcept;

enum class token_kind : std::uint8_t {
    space,
    comment,
    // A keyword or a bare identifier.
    word,
    number,
    // With its quotes and its prefix: 'a', E'a', $tag$a$tag$, q'[a]'.
    string,
    // With its quotes: "a", `a`, [a].
    identifier,
    // $1
    parameter,
    // One ?
    question,
    semicolon,
    // One character of anything else.
    symbol,
};

// `text` is a part of the tokenizer's input. A literal or comment that is not closed reaches to
// the end.
struct token {
    token_kind kind;
    std::string_view text;
};

struct rules;

// Every byte of the input is in exactly one token. The input must outlive the tokens.
//
// PostgreSQL's lexing assumes standard_conforming_strings = on, its default since 9.1.
class tokenizer {
public:
    tokenizer(std::string_view sql, dialect of) noexcept;
    // Nothing at the end.
    [[nodiscard]] std::optional<token> next() noexcept;

private:
    [[nodiscard]] char at(std::size_t index) const noexcept {
        return index < sql_.size() ? sql_[index] : '\0';
    }
    [[nodiscard]] bool sees(std::size_t index, std::string_view text) const noexcept {
        return sql_.substr(index < sql_.size() ? index : sql_.size()).starts_with(text);
    }
    token_kind scan() noexcept;
    bool scan_comment() noexcept;
    bool scan_quoted(token_kind* kind) noexcept;
    token_kind scan_dollar() noexcept;
    token_kind scan_word() noexcept;
    void block_comment() noexcept;
    void to_line_end() noexcept;
    void quoted(char quote, bool backslash) noexcept;
    void escape_string() noexcept;
    bool continues_after_line_break() noexcept;
    void until(std::string_view end) noexcept;

    std::string_view sql_;
    const rules* rules_;
    std::size_t position_ = 0;
};

struct rewritten {
    std::string sql;
    // How many placeholders there are.
    std::size_t count = 0;
};

// Turns the placeholders of paramstyle "qmark" into $1 … $n. ?? stands for a ? that is none (an
// operator of PostgreSQL). Fails on a mix of ? and $n, and on ?1, which is not qmark.
[[nodiscard]] result<rewritten> rewrite_qmark(std::string_view sql, dialect of);

struct reordered {
    std::string sql;
    // For each placeholder of `sql`, in order, which argument it stands for, from 1.
    std::vector<std::size_t> order;
    // How many arguments there are.
    std::size_t highest = 0;
};

// Turns $1 … $n, in whatever order and as often as they come, into ? for servers that know only
// those. Fails with a query_error that has the position on a ? that is there already, on $0, and on
// a number that is left out.
[[nodiscard]] result<reordered> rewrite_dollar(std::string_view sql, dialect of);

// The statements of a text, without their semicolons and the blanks around them; none that is
// empty or only a comment. Semicolons in parentheses, and in the BEGIN … END body of a CREATE
// FUNCTION, PROCEDURE or TRIGGER, do not separate. Procedural blocks of Oracle are not known.
[[nodiscard]] std::vector<std::string_view> split(std::string_view sql, dialect of);
[[nodiscard]] std::size_t statement_count(std::string_view sql, dialect of);

// True when the text is one statement that can only read, as far as its words tell: SELECT, VALUES,
// TABLE, SHOW, DESCRIBE, EXPLAIN without ANALYZE, or WITH in front of these. Whatever is not known
// is said to write: SELECT … INTO, FOR UPDATE, a data-modifying WITH, CALL. What functions do is
// not seen: a read-only session or user at the server is what really holds.
[[nodiscard]] bool only_reads(std::string_view sql, dialect of);

// In upper case: "SELECT" for "(/* x */ select 1)"; empty when there is no word.
[[nodiscard]] std::string first_keyword(std::string_view sql, dialect of);

}  // namespace qry::sql
