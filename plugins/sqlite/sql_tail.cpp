#include "sql_tail.hpp"

#include <algorithm>
#include <string>

#include <qry/kit/text/utf8.hpp>

namespace qry::sqlite {

namespace {

constexpr std::size_t shown = 40;

bool is_space(char c) noexcept {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

// The first byte from `at` on that is neither white space, comment nor semicolon.
std::size_t skip_idle(std::string_view sql, std::size_t at) noexcept {
    while (at < sql.size()) {
        const std::string_view rest = sql.substr(at);
        if (is_space(rest[0]) || rest[0] == ';') {
            ++at;
        } else if (rest.starts_with("--")) {
            const std::size_t end = rest.find('\n');
            if (end == std::string_view::npos) return sql.size();
            at += end + 1;
        } else if (rest.starts_with("/*")) {
            const std::size_t end = rest.find("*/", 2);
            // SQLite takes a comment without an end as one that reaches to the end.
            if (end == std::string_view::npos) return sql.size();
            at += end + 2;
        } else {
            break;
        }
    }
    return at;
}

}  // namespace

result<void> check_tail(std::string_view sql, std::size_t from) {
    const std::size_t at = skip_idle(sql, from);
    if (at >= sql.size()) return {};
    const std::string_view rest = sql.substr(at);
    std::string start = text::replace_invalid_utf8(rest.substr(0, shown));
    if (rest.size() > shown) start += "…";
    const std::string_view before = sql.substr(0, at);
    const auto starts = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
    return error{
        .kind = status::query_error,
        .message = "one statement at a time: a second one begins with '" + start + "'",
        .hint = "send each statement by itself",
        .position = std::count_if(before.begin(), before.end(), starts) + 1};
}

std::string_view first_word(std::string_view sql) noexcept {
    const std::size_t from = skip_idle(sql, 0);
    std::size_t end = from;
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    while (end < sql.size() && letter(sql[end]))
        ++end;
    return sql.substr(from, end - from);
}

}  // namespace qry::sqlite
