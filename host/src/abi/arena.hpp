// Memory for batches: aligned buffers that are used again, because fresh pages cost more than the
// rows that are written to them.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include <qry/host.h>

// Shared by the sessions of one driver. Lives until its owner let go of it and the last buffer came
// back, which may be long after the sessions are gone. Thread-safe.
struct qry_arena {
public:
    // What is kept for the next batch, at most.
    static constexpr std::size_t keep_bytes = 16U << 20;
    static constexpr std::size_t alignment = 64;

    // Lets go of the arena; it goes with its last buffer.
    struct release {
        void operator()(qry_arena* arena) const noexcept { arena->unref(); }
    };
    using owner = std::unique_ptr<qry_arena, release>;
    [[nodiscard]] static owner make() { return owner(new qry_arena); }
    qry_arena(const qry_arena&) = delete;
    qry_arena& operator=(const qry_arena&) = delete;

    // NULL when out of memory.
    [[nodiscard]] void* alloc(std::size_t size) noexcept;
    [[nodiscard]] void* resize(void* buffer, std::size_t old_size, std::size_t size) noexcept;
    void free(void* buffer, std::size_t size) noexcept;

    // Bytes lent out, and kept.
    [[nodiscard]] std::size_t lent() const noexcept { return lent_.load(); }
    [[nodiscard]] std::size_t kept() const noexcept;

    // What a request for `size` bytes really takes: four steps to each doubling.
    [[nodiscard]] static std::size_t rounded(std::size_t size) noexcept;

private:
    qry_arena() = default;
    ~qry_arena();
    void unref() noexcept;

    // 64 bytes to 16 MiB.
    static constexpr std::size_t class_count = 80;
    [[nodiscard]] static std::size_t class_of(std::size_t rounded_size) noexcept;

    // Thread-safe
    std::atomic<std::size_t> references_{1};
    std::atomic<std::size_t> lent_{0};
    mutable std::mutex mutex_;
    // Guarded by mutex_
    std::array<std::vector<void*>, class_count> kept_;
    std::size_t kept_bytes_ = 0;
};
