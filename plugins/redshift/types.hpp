// Redshift's types: PostgreSQL's OIDs and its own, and what they become in Arrow.
#pragma once

#include <string>
#include <string_view>

#include "postgresql/plan.hpp"

namespace qry::redshift {

// Types that PostgreSQL does not have. Source: the OIDs of Amazon's redshift_connector 2.2.
namespace type {
inline constexpr postgresql::oid abstime = 702, interval_y2m = 1188, interval_d2s = 1190;
inline constexpr postgresql::oid geometry = 3000, geography = 3001, geometry_hex = 3999;
inline constexpr postgresql::oid super = 4000, varbyte = 6551;
}  // namespace type

// How the values of a column are asked for and read, with client_protocol_version 0: numerics,
// dates and times as text, what is as in PostgreSQL in binary.
[[nodiscard]] postgresql::value_plan plan_value(
    const postgresql::type_catalog& types,
    postgresql::oid which,
    std::int32_t modifier,
    bool numeric_to_float
);

// The Arrow type's name for a type as the system views spell it: "numeric(12,2)", "character
// varying(20)", "super".
[[nodiscard]] std::string arrow_name(std::string_view database_type, bool numeric_to_float);

}  // namespace qry::redshift
