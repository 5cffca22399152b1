// Arrow structures held in common: one batch in memory, any number of readers, no copy of data.
#pragma once

#include <qry/arrow.hpp>

#include <memory>

namespace qry::python {

using shared_schema = std::shared_ptr<const unique_schema>;
using shared_array = std::shared_ptr<const unique_array>;

// A deep copy; schemas are small.
[[nodiscard]] unique_schema copy_schema(const ArrowSchema& source);
// A struct without fields: what a statement without a result set gives its readers.
[[nodiscard]] unique_schema empty_schema();

// A new ArrowArray over the same buffers, which keeps `owner` alive until it is released. Children
// get structures of their own, because a consumer may move them away.
[[nodiscard]] unique_array share(const shared_array& owner);

}  // namespace qry::python
