// How much data an Arrow array holds: for the figures, so cheap and without looking at values.
#pragma once

#include <cstdint>

#include <qry/arrow.hpp>

namespace qry::session {

// Bytes of the validity, offsets and values that the rows need, whatever the buffers around them
// hold; a dictionary counts whole. Looks at two offsets a column. The array is as `schema` says; a
// type that is not known here counts for nothing.
[[nodiscard]] std::uint64_t array_bytes(
    const ArrowSchema& schema, const ArrowArray& array
) noexcept;

}  // namespace qry::session
