#include <qry/kit/sql/tokenizer.hpp>

namespace qry::sql {

namespace {

error refuse(std::string message, std::string hint, std::string_view before) {
    // Characters, not bytes: continuation bytes of UTF-8 do not count.
    std::int64_t position = 1;
    for (const char c : before) {
        if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) ++position;
    }
    return {
        .kind = status::query_error,
        .message = std::move(message),
        .hint = std::move(hint),
        .from = origin::host,
        .position = position};
}

std::string_view before(std::string_view sql, const token& t) {
    return sql.substr(0, static_cast<std::size_t>(t.text.data() - sql.data()));
}

}  // namespace

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
                before(sql, *t)
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
            before(sql, *numbered)
        );
    }
    return out;
}

}  // namespace qry::sql
