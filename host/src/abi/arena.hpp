// Memory for batches: aligned buffers that are used again, because fresh pages cost more than the
// rows that are written to them.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include <qry/host.h>

namespace qry::abi {

// Where an arena's memory comes from: the system, or in a worker the segments that the host maps.
// Both are called from any thread, and as long as a buffer of the arena is out.
struct block_source {
    // 64-byte aligned; NULL when there is no more. size: a multiple of 64.
    std::function<void*(std::size_t size)> alloc;
    std::function<void(void* block, std::size_t size)> free;
};
// Small blocks from the heap, large ones as mappings of their own.
// Rationale: once a large block was freed, malloc takes its like from the heap of the thread that
// asks, where a few small ones that live on keep all the pages: hundreds of megabytes after some
// hours of large results read in part.
[[nodiscard]] block_source system_blocks();
// The same memory, but at most so many bytes of it at any one time, whoever asks.
[[nodiscard]] block_source bounded(block_source from, std::size_t most);

}  // namespace qry::abi

// Shared by the sessions of one driver. Lives until its owner let go of it and the last buffer came
// back, which may be long after the sessions are gone. Thread-safe.
struct qry_arena {
public:
    // What is kept for the next batch, at most: as much as is lent out, within these bounds. With
    // nothing lent out, the lower one.
    static constexpr std::size_t keep_bytes = 16U << 20;
    static constexpr std::size_t keep_bytes_busy = 64U << 20;
    static constexpr std::size_t alignment = 64;

    // Lets go of the arena; it goes with its last buffer.
    struct release {
        void operator()(qry_arena* arena) const noexcept { arena->unref(); }
    };
    using owner = std::unique_ptr<qry_arena, release>;
    // limit: bytes lent out at any one time.
    [[nodiscard]] static owner make(
        std::size_t limit = SIZE_MAX, qry::abi::block_source blocks = qry::abi::system_blocks()
    ) {
        return owner(new qry_arena(limit, std::move(blocks)));
    }
    qry_arena(const qry_arena&) = delete;
    qry_arena& operator=(const qry_arena&) = delete;

    // NULL when out of memory, or beyond the limit.
    [[nodiscard]] void* alloc(std::size_t size) noexcept;
    [[nodiscard]] void* resize(void* buffer, std::size_t old_size, std::size_t size) noexcept;
    void free(void* buffer, std::size_t size) noexcept;

    // Bytes lent out, and kept.
    [[nodiscard]] std::size_t lent() const noexcept { return lent_.load(); }
    [[nodiscard]] std::size_t kept() const noexcept;
    [[nodiscard]] std::size_t limit() const noexcept { return limit_; }
    // How often alloc() said no to a size that was in reason.
    [[nodiscard]] std::uint64_t refused() const noexcept { return refused_.load(); }

    // What a request for `size` bytes really takes: four steps to each doubling.
    [[nodiscard]] static std::size_t rounded(std::size_t size) noexcept;

private:
    qry_arena(std::size_t limit, qry::abi::block_source blocks) noexcept
        : limit_(limit), blocks_(std::move(blocks)) {}
    ~qry_arena();
    void unref() noexcept;
    [[nodiscard]] bool lend(std::size_t real) noexcept;
    [[nodiscard]] void* take_kept(std::size_t index, std::size_t real) noexcept;
    // Gives what is kept back to the source until so much is left, the largest first.
    void trim(std::size_t left) noexcept;

    // 64 bytes to 16 MiB.
    static constexpr std::size_t class_count = 80;
    [[nodiscard]] static std::size_t class_of(std::size_t rounded_size) noexcept;
    [[nodiscard]] static std::size_t size_of(std::size_t index) noexcept;

    const std::size_t limit_;
    const qry::abi::block_source blocks_;
    // Thread-safe
    std::atomic<std::size_t> references_{1};
    std::atomic<std::size_t> lent_{0};
    std::atomic<std::uint64_t> refused_{0};
    mutable std::mutex mutex_;
    // Guarded by mutex_
    std::array<std::vector<void*>, class_count> kept_;
    std::size_t kept_bytes_ = 0;
};
