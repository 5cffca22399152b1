// The layout of an introspection part, and whether what a plugin delivers has it.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include <qry/arrow.h>
#include <qry/result.hpp>

namespace qry::schema {

enum class need { required, optional };

struct part_field {
    std::string_view name;
    // Arrow's format string; the items of a list are texts.
    std::string_view format;
    need values;
};

// The fields of QRY_INTROSPECT_*; empty for an unknown part.
[[nodiscard]] std::span<const part_field> fields_of(std::int32_t part) noexcept;
// "tables", "columns", "keys".
[[nodiscard]] std::string_view name_of(std::int32_t part) noexcept;

// Field by field: name, format, count. Nullable flags are not compared; values are, row by row.
[[nodiscard]] result<void> check_schema(
    std::string_view plugin, std::int32_t part, const ArrowSchema& schema
);
// Lengths, buffers and offsets of a batch, so that it can be read without further care.
[[nodiscard]] result<void> check_batch(
    std::string_view plugin, std::int32_t part, const ArrowArray& batch
);

// What both report with; says what the plugin did and what it must do.
[[nodiscard]] error deviation(std::string_view plugin, std::int32_t part, std::string_view what);

}  // namespace qry::schema
