// The reader without a connection: what a server says, as bytes, through framing, conversation and
// decoders into batches, the way the session does it. Used by tests and by the fuzz target.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <qry/arrow.hpp>
#include <qry/kit/arrow/batch_builder.hpp>

#include "plan.hpp"
#include "types.hpp"

namespace qry::test {

// What was asked of the server, and how its answer is to be read.
struct reading {
    // Outlives the reading; what it does not know comes as text.
    const postgresql::type_catalog* types = nullptr;
    postgresql::decode_options how;
    arrow::batch_builder::bounds limit{0, 0};
    // As for a database in SQL_ASCII.
    bool check_text = true;
    // The server describes the columns first; else they are `columns`.
    bool described = false;
    std::vector<postgresql::column_description> columns;
};

struct heard {
    arrow::field type;
    std::vector<unique_array> batches;
    // Everything that happened but the rows: ends of segments, errors, breaches.
    std::string events;
};

enum class frames {
    // Where they lie in the input buffer.
    in_place,
    // Each in a block of its own exact size, so that AddressSanitizer sees a read beyond it.
    copied,
};

// The bytes arrive cut at `cuts` (ascending).
[[nodiscard]] heard listen(
    const reading& what,
    std::span<const std::uint8_t> bytes,
    std::span<const std::size_t> cuts = {},
    frames where = frames::in_place
);

// Equal for equal batches: every buffer that the type has, to its last bit.
[[nodiscard]] std::uint64_t fingerprint(const arrow::field& type, const ArrowArray& array);

}  // namespace qry::test
