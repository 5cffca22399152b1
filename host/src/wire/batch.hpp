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

// The layout of one batch: u64 id, then node by node in depth-first order, dictionaries after
// children, the entries of a map a node of their own:
//   i64 length, i64 null_count (-1 unknown), i64 offset, and for each buffer the type has:
//   u8 absent | inside | shared, unless absent u64 size, and for shared u32 segment, u64 offset;
// then, each 8-byte aligned from the start of the frame's payload with zeros before it, the bytes
// of the inside ones. Sizes are exactly what type, length and offset ask for; a buffer of no bytes
// is absent, and a node without rows has no buffers and starts at 0.
//
// where: finds the segment of an address; a buffer in none is copied by `copy` (to shared memory)
// when it does not fit the frame. Without `where` all bytes go into the frame: arguments.
struct sharing {
    std::function<place(const void* address, std::size_t size)> where;
    std::function<void*(std::size_t size)> copy;
};
// id: what give_back will name. True when something is shared: the rows, and what was copied, must
// then stay as they are until id is given back; else the frame holds all, and 0 for the id. The
// payload must hold nothing yet. Errors, which leave `to` as it was: resource_limit when out of
// shared memory or beyond what a frame holds; plugin_error when rows are not what the type says.
[[nodiscard]] result<bool> put_batch(
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
    // Empty when the host has no memory for the copy: the query fails, the worker goes on.
    unique_array rows;
    // To be given back at once, since all was copied; 0 = nothing.
    std::uint64_t give_back = 0;
};

// on_release: called once when a mapped batch goes (trusted), with its id, on whatever thread.
// alloc/free: memory for copies, 64-byte aligned (abi/arena.hpp); free is called with the size that
// was asked for, on whatever thread. None of them may throw.
struct landing {
    std::function<void*(std::size_t)> alloc;
    std::function<void(void*, std::size_t)> free;
    std::function<void(std::uint64_t)> on_release;
};
// An error says what is wrong with the frame, or with the rows in it: that ends the worker. Memory
// that the worker could still change is read once, before anything in it is judged (checked).
[[nodiscard]] result<taken_batch> get_batch(
    std::span<const std::byte> from,
    const arrow::field& type,
    const segment_map& segments,
    trust how,
    const landing& to
);

}  // namespace qry::wire
