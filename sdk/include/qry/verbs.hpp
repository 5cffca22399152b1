// What execute and introspect are asked, and what they answer, in C++ terms; shared by both driver
// models.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "arrow.hpp"
#include "call.hpp"
#include "driver.h"
#include "ext/schema_digest.h"

namespace qry {

// The open result's head; the schema is empty for a statement without a result set.
struct result_head {
    unique_schema schema;
    std::int64_t rows_affected = -1;
};

struct execute_request {
    explicit execute_request(const qry_execute_request& r) noexcept
        : sql(r.sql, r.sql_length),
          args_schema(r.args_schema),
          args(r.args),
          options(std::span(r.options, r.option_count)),
          batch_rows(r.batch_rows),
          batch_bytes(r.batch_bytes) {}

    std::string_view sql;
    // Both NULL when the statement has no arguments; see qry_execute_request.
    const ArrowSchema* args_schema;
    const ArrowArray* args;
    parameters options;
    std::int64_t batch_rows;
    std::int64_t batch_bytes;
};

struct connect_request {
    explicit connect_request(const qry_connect_request& r) noexcept
        : params(std::span(r.params, r.param_count)), loop(r.loop), arena(r.arena) {}

    parameters params;
    qry_loop* loop;
    qry_arena* arena;
};

inline void hand_over(result_head& from, qry_result_head* to) noexcept {
    from.schema.move_to(&to->schema);
    to->rows_affected = from.rows_affected;
}

inline void hand_over(const std::string& digest, char* to) noexcept {
    digest.copy(to, QRY_SCHEMA_DIGEST_SIZE - 1);
}

}  // namespace qry
