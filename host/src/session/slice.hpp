// The first rows of a batch, without copying them.
#pragma once

#include <cstdint>

#include <qry/arrow.hpp>

namespace qry::session {

// rows: positive and at most the batch's length. The result keeps the whole batch alive. Children
// of structs are cut too: some readers insist on equal lengths.
[[nodiscard]] unique_array first_rows(
    unique_array batch, const ArrowSchema& schema, std::int64_t rows
);

}  // namespace qry::session
