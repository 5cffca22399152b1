// The error for a placeholder that makes no sense.
#pragma once

#include <string>

#include <qry/kit/sql/tokenizer.hpp>

namespace qry::sql {

// With the position of `at` in `sql`, in characters.
[[nodiscard]] inline error refuse(
    std::string message, std::string hint, std::string_view sql, const token& at
) {
    std::int64_t position = 1;
    // Continuation bytes of UTF-8 do not count.
    for (const char c : sql.substr(0, static_cast<std::size_t>(at.text.data() - sql.data()))) {
        if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) ++position;
    }
    return {
        .kind = status::query_error,
        .message = std::move(message),
        .hint = std::move(hint),
        .from = origin::host,
        .position = position};
}

}  // namespace qry::sql
