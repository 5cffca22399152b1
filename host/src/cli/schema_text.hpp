// Schemas and their changes, as text and as JSON.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include <qry/schema.hpp>

namespace qry::cli {

// "public.orders".
[[nodiscard]] std::string qualified(const table_view& table);

[[nodiscard]] nlohmann::ordered_json to_json(const table_view& table);
[[nodiscard]] nlohmann::ordered_json to_json(const schema_diff& diff);
// One line a change: "+ table public.orders".
[[nodiscard]] std::string describe(const schema_diff& diff);
// The columns and keys of one table.
[[nodiscard]] std::string describe(const table_view& table);

}  // namespace qry::cli
