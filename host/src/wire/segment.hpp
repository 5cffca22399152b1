// Memory that a worker fills and a host reads: sealed in size, mapped once, used again and again.
//
// Rationale: a fresh memfd a batch costs seven times its copy, and fresh pages six times warm ones.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include <qry/result.hpp>

#include <qry/registry/unique_fd.hpp>

namespace qry::wire {

// Where an address lies. number 0 = in no segment.
struct place {
    std::uint32_t number = 0;
    std::uint64_t offset = 0;
};

// The worker's side: where the arena takes its memory from. Thread-safe.
class segment_source {
public:
    // bytes: of all segments together.
    explicit segment_source(std::uint64_t bytes);
    ~segment_source();
    // NULL when the budget is spent. 64-byte aligned; never given back to the system while this
    // lives, only to `free`.
    [[nodiscard]] void* alloc(std::size_t size) noexcept;
    void free(void* block, std::size_t size) noexcept;
    [[nodiscard]] place find(const void* address, std::size_t size) const noexcept;

    struct made {
        std::uint32_t number = 0;
        std::uint64_t bytes = 0;
        int fd = -1;
    };
    // Segments numbered above `known`, in order, for a lane that has told of the others.
    [[nodiscard]] std::vector<made> after(std::uint32_t known) const;

private:
    struct state;
    const std::unique_ptr<state> state_;
};

// The host's side, one a worker. Thread-safe; a mapping lives as long as somebody holds it.
class segment_map {
public:
    using mapping = std::shared_ptr<const std::byte>;
    // Refuses what is not a memfd sealed against shrinking and growing, or is not `bytes` long: the
    // worker could otherwise take the pages away under the reader.
    [[nodiscard]] result<void> add(
        std::uint32_t number, std::uint64_t bytes, registry::unique_fd memory
    );
    // Empty when [offset, offset + size) is not inside a known segment.
    [[nodiscard]] std::span<const std::byte> look(
        std::uint32_t number, std::uint64_t offset, std::uint64_t size, mapping* keep
    ) const;

private:
    struct entry {
        std::uint64_t bytes = 0;
        mapping memory;
    };
    std::map<std::uint32_t, entry> entries_;
};

}  // namespace qry::wire
