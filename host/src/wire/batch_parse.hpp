// What a batch frame says, checked against the type, before any row is looked at.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <qry/result.hpp>

#include "wire/batch_layout.hpp"
#include "wire/segment.hpp"

namespace qry::wire {

struct buffer_in {
    buffer_kind kind = buffer_kind::absent;
    std::uint64_t size = 0;
    // In the frame, or in a segment whose other end the worker holds.
    const std::byte* from = nullptr;
};

struct node_in {
    node_type which;
    std::int64_t length = 0;
    std::int64_t null_count = 0;
    std::int64_t offset = 0;
    std::array<buffer_in, most_buffers> buffers{};
    [[nodiscard]] std::uint64_t rows() const noexcept {
        return static_cast<std::uint64_t>(length + offset);
    }
};

struct parsed_batch {
    // 0 = nothing of it is shared.
    std::uint64_t id = 0;
    // Depth-first, as in the frame.
    std::vector<node_in> nodes;
    // What keeps the shared buffers mapped.
    std::vector<segment_map::mapping> mappings;
};

// Sizes are checked but for those of text and bytes, which only their offsets tell: size_needed().
[[nodiscard]] result<parsed_batch> parse_batch(
    std::span<const std::byte> from, const arrow::field& type, const segment_map& segments
);

// Is buffer 2 as long as the offsets, which have been brought to safety at `offsets`, say?
[[nodiscard]] result<void> check_bytes(const node_in& node, const void* offsets);

}  // namespace qry::wire
