// What differs between dialects for a lexer.
#pragma once

#include <cstdint>

#include <qry/kit/sql/tokenizer.hpp>

namespace qry::sql {

enum class dollar_quotes : std::uint8_t { none, plain, tagged };

struct rules {
    // /* /* */ */ is one comment.
    bool nested_comments = false;
    // # starts a comment.
    bool hash_comments = false;
    // So does //.
    bool slash_comments = false;
    // \' does not end a string.
    bool backslash_strings = false;
    // In E'…' it does not, either.
    bool escape_strings = false;
    // "…" is a string.
    bool double_quoted_strings = false;
    // '''…''' and """…""" are strings.
    bool triple_quotes = false;
    // r'…': backslashes mean nothing.
    bool raw_strings = false;
    // q'[…]'
    bool q_strings = false;
    // `…` is an identifier.
    bool backticks = false;
    // So is […].
    bool brackets = false;
    dollar_quotes dollars = dollar_quotes::none;
};

[[nodiscard]] const rules& rules_of(dialect of) noexcept;

}  // namespace qry::sql
