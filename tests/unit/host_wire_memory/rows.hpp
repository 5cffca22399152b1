// Batches with a column of every type, and a worker's memory next to a host's, in one process.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <qry/kit/arrow/buffer.hpp>
#include <qry/kit/arrow/type.hpp>

#include "abi/arena.hpp"
#include "wire/batch.hpp"

namespace qry::test {

// One of each type that sdk/kit/arrow knows and can build.
[[nodiscard]] std::vector<arrow::field> all_fields();
[[nodiscard]] arrow::field rows_of(std::vector<arrow::field> fields);
// By turns null, the least value, the greatest, zero or empty, something ordinary beyond ASCII, and
// where a type allows it one of `huge` bytes.
[[nodiscard]] unique_array make_rows(
    const arrow::field& type, int rows, arrow::memory from = {}, std::size_t huge = 40
);
// Borrowed rows [first, first + count) of a batch.
[[nodiscard]] ArrowArray sliced(const ArrowArray& rows, std::int64_t first, std::int64_t count);
// All cells as text, a line a row: equal for equal batches.
[[nodiscard]] std::string text_of(const arrow::field& type, const ArrowArray& rows);

// Both ends of shared memory.
class memory_pair {
public:
    explicit memory_pair(std::uint64_t bytes = 256U << 20);

    [[nodiscard]] arrow::memory builders() const;
    [[nodiscard]] wire::segment_source& source() { return *source_; }
    [[nodiscard]] qry_arena& arena() { return *arena_; }
    [[nodiscard]] wire::segment_map& map() { return map_; }
    // Makes known to the host what segments the worker has by now.
    void tell();

    // A worker's sharing; copies are freed with this object.
    [[nodiscard]] wire::sharing sharing();
    [[nodiscard]] int copies() const noexcept { return static_cast<int>(copied_.size()); }
    // A host's landing: exact blocks, so that the sanitizer sees one byte too many.
    [[nodiscard]] wire::landing landing();
    [[nodiscard]] int blocks() const noexcept { return blocks_; }
    [[nodiscard]] const std::vector<std::uint64_t>& released() const noexcept { return released_; }
    // The host has no memory from now on.
    void starve() noexcept { starved_ = true; }

    ~memory_pair();

private:
    std::shared_ptr<wire::segment_source> source_;
    qry_arena::owner arena_;
    wire::segment_map map_;
    std::uint32_t told_ = 0;
    std::vector<std::pair<void*, std::size_t>> copied_;
    int blocks_ = 0;
    bool starved_ = false;
    std::vector<std::uint64_t> released_;
};

}  // namespace qry::test
