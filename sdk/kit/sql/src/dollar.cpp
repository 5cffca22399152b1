#include <charconv>

#include <qry/kit/sql/tokenizer.hpp>

#include "refusal.hpp"

namespace qry::sql {

namespace {

// More than any server takes; a larger number is a slip.
constexpr std::size_t most_arguments = 65'535;

}  // namespace

result<reordered> rewrite_dollar(std::string_view sql, dialect of) {
    reordered out;
    out.sql.reserve(sql.size());
    std::optional<token> question;
    std::optional<token> last;
    tokenizer tokens(sql, of);
    while (auto t = tokens.next()) {
        if (t->kind == token_kind::question && !question) question = t;
        if (t->kind != token_kind::parameter) {
            out.sql += t->text;
            continue;
        }
        std::size_t number = 0;
        const char* end = t->text.data() + t->text.size();
        const auto [stop, failure] = std::from_chars(t->text.data() + 1, end, number);
        if (failure != std::errc() || stop != end || number == 0 || number > most_arguments) {
            return refuse(
                "'" + std::string(t->text) + "' is no placeholder",
                "arguments are $1, $2, … $65535",
                sql,
                *t
            );
        }
        out.sql += '?';
        out.order.push_back(number);
        out.highest = std::max(out.highest, number);
        last = t;
    }
    if (question && !out.order.empty()) {
        return refuse(
            "the statement mixes ? and " + std::string(last->text),
            "use $1, $2, … for every argument",
            sql,
            *question
        );
    }
    std::vector<bool> seen(out.highest);
    for (const std::size_t number : out.order)
        seen[number - 1] = true;
    for (std::size_t i = 0; i < seen.size(); ++i) {
        if (seen[i]) continue;
        return refuse(
            "the statement has $" + std::to_string(out.highest) + " but no $" +
                std::to_string(i + 1),
            "number the arguments without gaps",
            sql,
            *last
        );
    }
    return out;
}

}  // namespace qry::sql
