// The parameter schema of a manifest: a restricted JSON Schema, checked as it is read.
#pragma once

#include <qry/registry/parameter.hpp>

#include "json_node.hpp"

namespace qry::registry {

// Findings go where the node's go; the result is meaningful only when there are none.
[[nodiscard]] parameter_schema read_schema(const json_node& node);

}  // namespace qry::registry
