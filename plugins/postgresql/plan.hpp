// How the values of one column are decoded, decided once per statement from its type.
#pragma once

#include <string>
#include <vector>

#include <qry/kit/arrow/type.hpp>

#include "options.hpp"
#include "types.hpp"

namespace qry::postgresql {

enum class value_form {
    boolean,
    int16,
    int32,
    int64,
    uint32,
    uint64,
    float32,
    float64,
    // The bytes as they are.
    text,
    bytes,
    // A version byte, then text.
    jsonb,
    uuid,
    date,
    time,
    time_tz,
    timestamp,
    interval,
    // In the way of `type`: decimal128, decimal256, float64 or utf8.
    numeric,
    network,
    hardware_address,
    bits,
    // The items follow `children[0]`.
    array,
    // The server's array text, for items that have no binary form here: list of utf8.
    text_array,
    composite,
    // As the server prints it, read into `type`: decimal128, float64, date32, time64[us], binary
    // (from hexadecimal digits).
    printed,
    // Four bytes of months; eight of microseconds, of which whole days become days.
    interval_months,
    interval_micros,
};

struct value_plan {
    value_form form = value_form::text;
    arrow::data_type type;
    // For QRY_META_TYPE and QRY_META_LOGICAL; the latter may be empty.
    std::string database_type;
    std::string logical;
    // Asked for in binary; else as text.
    bool binary = true;
    infinity_mode infinity = infinity_mode::error;
    // Of an array (one) or a composite.
    std::vector<value_plan> children;
    // Of the composite's fields, as the server repeats them in each value.
    std::vector<oid> child_types;
};

// PostgreSQL's way. Every type in it must be known to the catalog; one that is not is shown as
// text.
[[nodiscard]] value_plan plan_value(
    const type_catalog& catalog, oid which, std::int32_t modifier, const decode_options& how
);

struct column_plan {
    std::string name;
    value_plan value;
};
class dialect;
[[nodiscard]] std::vector<column_plan> plan_columns(
    const dialect& speaks,
    const type_catalog& catalog,
    const std::vector<column_description>& columns,
    const decode_options& how
);
[[nodiscard]] std::vector<arrow::field> fields_of(const std::vector<column_plan>& columns);

}  // namespace qry::postgresql
