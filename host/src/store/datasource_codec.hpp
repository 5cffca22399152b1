// Datasources between their struct, the columns that hold them and the JSON of the audit trail.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "connection.hpp"
#include "rows.hpp"

namespace qry::store {

// The columns that read_datasource expects, in its order.
inline constexpr std::string_view datasource_columns =
    "id, name, driver, params, timeout_ns, pool_min_size, pool_max_size, isolation, version, "
    "state, state_message, checked_at, created_at, updated_at";

// What cannot be read is told in `damage`; the rest is filled in.
[[nodiscard]] datasource_row read_datasource(const row& columns);
[[nodiscard]] std::string params_json(const std::map<std::string, std::string>& params);
// For the audit trail; `changed_secrets` may be empty.
[[nodiscard]] std::string describe(
    const datasource_row& what, const std::vector<std::string>& changed_secrets
);

[[nodiscard]] value optional_nanoseconds(const std::optional<std::chrono::nanoseconds>& v);
[[nodiscard]] std::int64_t micros(time_point at) noexcept;
[[nodiscard]] time_point from_micros(std::int64_t at) noexcept;
[[nodiscard]] std::string_view state_name(connection_state state) noexcept;

// 0 and "" for a column of another type, which only a damaged file holds.
[[nodiscard]] std::int64_t integer_at(const row& columns, std::size_t i);
[[nodiscard]] std::string text_at(const row& columns, std::size_t i);

}  // namespace qry::store
