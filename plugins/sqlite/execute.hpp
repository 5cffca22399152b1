// Running one statement: prepared, bound, stepped, its rows in batches.
#pragma once

#include <memory>

#include <qry/verbs.hpp>

#include "database.hpp"
#include "row_source.hpp"

namespace qry::sqlite {

struct executed {
    result_head head;
    // NULL when the statement had no result set and is done.
    std::unique_ptr<row_source> rows;
};

[[nodiscard]] result<executed> execute_statement(
    database& db, const execute_request& request, qry_arena* arena
);

}  // namespace qry::sqlite
