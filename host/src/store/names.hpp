// What texts must look like to be stored.
#pragma once

#include <string>
#include <string_view>

#include <qry/result.hpp>

namespace qry::store {

[[nodiscard]] result<void> check_name(std::string_view name);
// No NUL inside, for PostgreSQL's text has none.
[[nodiscard]] bool storable(std::string_view text) noexcept;
// Any bytes as text that can be stored: what is no UTF-8, and NUL, becomes '?'.
[[nodiscard]] std::string made_storable(std::string_view text);
// A random (version 4) UUID.
[[nodiscard]] std::string new_id();

}  // namespace qry::store
