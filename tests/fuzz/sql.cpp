// SQL text by dialect, and what the PostgreSQL driver tells from it. Input: the dialect, the text.
#include <string>

#include <qry/kit/sql/tokenizer.hpp>

#include "fuzz.hpp"
#include "statements.hpp"

void qry::fuzz::take(std::span<const std::uint8_t> input) {
    using namespace qry;
    pieces in(input);
    const auto dialect = static_cast<sql::dialect>(in.number() % 8);
    const std::string_view text = pieces::text(in.rest());

    sql::tokenizer tokens(text, dialect);
    std::size_t seen = 0;
    while (const auto token = tokens.next()) {
        require(!token->text.empty(), "a token has a text");
        require(token->text.data() == text.data() + seen, "tokens follow each other");
        seen += token->text.size();
    }
    require(seen == text.size(), "every byte is in a token");

    const auto statements = sql::split(text, dialect);
    require(sql::statement_count(text, dialect) == statements.size(), "statements are counted");
    const char* at = text.data();
    for (const std::string_view s : statements) {
        require(!s.empty() && s.data() >= at, "statements come in order");
        at = s.data() + s.size();
        require(at <= text.data() + text.size(), "statements are parts of the text");
        require(sql::split(s, dialect).size() == 1, "a statement is one statement");
    }
    if (const auto qmark = sql::rewrite_qmark(text, dialect)) {
        require(qmark->count <= text.size(), "placeholders are in the text");
    }
    const std::string word = sql::first_keyword(text, dialect);
    if (postgresql::leaves_nothing(text)) {
        const std::string first = sql::first_keyword(text, sql::dialect::postgresql);
        require(first.starts_with("SELECT"), "only reading leaves nothing");
    }
}
