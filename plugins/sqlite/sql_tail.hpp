// What follows the first statement of a text.
#pragma once

#include <cstddef>
#include <string_view>

#include <qry/result.hpp>

namespace qry::sqlite {

// Only white space, comments and semicolons may follow byte `from`; anything else is a second
// statement, and the error shows how it begins and where.
[[nodiscard]] result<void> check_tail(std::string_view sql, std::size_t from);

// The first word of the statement as it is written, comments skipped: "insert", "WITH".
[[nodiscard]] std::string_view first_word(std::string_view sql) noexcept;

}  // namespace qry::sqlite
