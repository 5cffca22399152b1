#include <qry/kit/sql/tokenizer.hpp>

#include "refusal.hpp"

namespace qry::sql {

result<rewritten> rewrite_qmark(std::string_view sql, dialect of) {
    rewritten out;
    out.sql.reserve(sql.size() + 16);
    std::optional<token> numbered;
    tokenizer tokens(sql, of);
    auto t = tokens.next();
    while (t) {
        auto following = tokens.next();
        if (t->kind == token_kind::parameter && !numbered) numbered = t;
        if (t->kind != token_kind::question) {
            out.sql += t->text;
        } else if (following && following->kind == token_kind::question) {
            out.sql += '?';
            following = tokens.next();
        } else if (following && following->kind == token_kind::number && following->text.front() != '.') {
            return refuse(
                "'?" + std::string(following->text) + "' is no placeholder",
                "write ? for each argument in turn",
                sql,
                *t
            );
        } else {
            out.sql += '$' + std::to_string(++out.count);
            // $1AND would be one word, or an error, to the server.
            if (following && following->kind == token_kind::word) out.sql += ' ';
        }
        t = following;
    }
    if (numbered && out.count != 0) {
        return refuse(
            "the statement mixes ? and " + std::string(numbered->text),
            "use ? for every argument; write ?? for an operator ?",
            sql,
            *numbered
        );
    }
    return out;
}

}  // namespace qry::sql
