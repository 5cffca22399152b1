// Memory that a worker fills and a host reads: sealed in size, mapped once, used again and again.
//
// Rationale: a fresh memfd a batch costs seven times its copy, and fresh pages six times warm ones.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include <qry/registry/unique_fd.hpp>
#include <qry/result.hpp>

namespace qry::wire {

// Where an address lies. number 0 = in no segment.
struct place {
    std::uint32_t number = 0;
    std::uint64_t offset = 0;
};

// What a segment has at least; a larger block gets a segment of its size.
inline constexpr std::uint64_t segment_bytes = 32U << 20;
// How many segments one worker may make known: each costs the host a mapping.
inline constexpr std::size_t most_segments = 1024;

// The worker's side: where the arena takes its memory from. Thread-safe. Outlives its blocks.
class segment_source {
public:
    // bytes: of all segments together.
    explicit segment_source(std::uint64_t bytes);
    segment_source(const segment_source&) = delete;
    segment_source& operator=(const segment_source&) = delete;
    ~segment_source();
    // NULL when the budget is spent. 64-byte aligned. The address space stays while this lives;
    // what was freed last is used first.
    [[nodiscard]] void* alloc(std::size_t size) noexcept;
    // size: as asked for.
    void free(void* block, std::size_t size) noexcept;
    // Gives the pages behind free ranges of a megabyte and more back to the system; they read as
    // zero from then on and are fresh when used again. See segment_keeper, which calls this.
    // Returns the bytes covered.
    std::uint64_t rest() noexcept;
    // Called by the first alloc() of all and by the first after each rest(), on its thread and with
    // a lock held: must not call back; if it throws, that alloc() fails. Once this returned, the
    // former one runs no more.
    void on_use(std::function<void()> call);
    // How often memory was asked for.
    [[nodiscard]] std::uint64_t asked() const noexcept;
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
    // bytes: of all segments together; what hello allowed the worker.
    explicit segment_map(std::uint64_t bytes = UINT64_MAX) noexcept : budget_(bytes) {}
    // Refuses what is not a memfd sealed against shrinking and growing, or is not `bytes` long: the
    // worker could otherwise take the pages away under the reader. Numbers go up by one from 1.
    [[nodiscard]] result<void> add(
        std::uint32_t number, std::uint64_t bytes, registry::unique_fd memory
    );
    // Empty when [offset, offset + size) is not inside a known segment.
    [[nodiscard]] std::span<const std::byte> look(
        std::uint32_t number, std::uint64_t offset, std::uint64_t size, mapping* keep
    ) const;
    // Of all segments together.
    [[nodiscard]] std::uint64_t bytes() const noexcept;

private:
    struct entry {
        std::uint64_t bytes = 0;
        mapping memory;
    };
    const std::uint64_t budget_;
    mutable std::mutex mutex_;
    // Guarded by mutex_. Number n is at n - 1.
    std::vector<entry> entries_;
    std::uint64_t total_ = 0;
};

}  // namespace qry::wire
