// Arrow structures on the wire: schemas and small batches in the frame, large ones by reference to
// shared memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include <qry/arrow.hpp>
#include <qry/kit/arrow/type.hpp>
#include <qry/result.hpp>

#include "wire/frame.hpp"
#include "wire/segment.hpp"

namespace qry::wire {

// A batch of at most so many bytes travels in its frame.
inline constexpr std::size_t inline_bytes = 16U << 10;

void put_schema(writer& to, const ArrowSchema& schema);
// Checked: known types, depth, names in UTF-8, nothing left over.
[[nodiscard]] result<unique_schema> get_schema(std::span<const std::byte> from);

// The layout of one batch, node by node in depth-first order, dictionaries after children:
//   i64 length, i64 null_count (-1 unknown), i64 offset, and for each buffer the type has:
//   u8 absent | inside | shared, u64 size, and for shared u32 segment, u64 offset;
// then, 8-byte aligned from the start of the frame's payload, the bytes of the inside ones.
// id: 0 when nothing is shared, else what give_back names.
//
// where: finds the segment of an address; a buffer in none is copied by `copy` (to shared memory)
// when the batch is not a small one. False: out of shared memory.
struct sharing {
    std::function<place(const void* address, std::size_t size)> where;
    std::function<void*(std::size_t size)> copy;
};
[[nodiscard]] result<void> put_batch(
    writer& to,
    std::uint64_t id,
    const arrow::field& type,
    const ArrowArray& rows,
    const sharing& memory
);

enum class trust {
    // Copied into memory of this process, then validated whole: offsets, lengths, UTF-8, counts.
    checked,
    // Mapped as it is; only the frame itself is checked. The worker may still write to it.
    trusted
};

struct taken_batch {
    // Empty when the frame was wrong.
    unique_array rows;
    // give_back at once: everything was copied.
    std::uint64_t give_back = 0;
};

// on_release: called when a mapped batch goes (trusted), with its id, on whatever thread.
// alloc/free: memory for copies, 64-byte aligned (abi/arena.hpp).
struct landing {
    std::function<void*(std::size_t)> alloc;
    std::function<void(void*, std::size_t)> free;
    std::function<void(std::uint64_t)> on_release;
};
[[nodiscard]] result<taken_batch> get_batch(
    std::span<const std::byte> from,
    const arrow::field& type,
    const segment_map& segments,
    trust how,
    const landing& to
);

}  // namespace qry::wire
