// The fields of the parts of introspection, as qry/introspect.h states them.
#pragma once

#include <cstdint>
#include <vector>

#include <qry/introspect.h>
#include <qry/kit/arrow/type.hpp>

namespace qry::arrow {

// `part` is QRY_INTROSPECT_*; empty for one that does not exist.
[[nodiscard]] std::vector<field> introspection_fields(std::int32_t part);

}  // namespace qry::arrow
