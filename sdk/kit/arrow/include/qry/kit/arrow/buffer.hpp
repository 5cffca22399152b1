// Growable memory for batches: the host's arena in a plugin, malloc in a test.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

#include <qry/host.h>

namespace qry::arrow {

// Where buffers come from. A value: it is copied into whatever outlives the session, so that a
// batch can free itself from any thread once its session is gone.
struct memory {
    const qry_host* host = nullptr;
    // NULL = malloc.
    qry_arena* arena = nullptr;

    // 64-byte aligned, contents undefined; size > 0. Throws std::bad_alloc when the budget is
    // spent: the barrier makes that a resource_limit.
    [[nodiscard]] void* allocate(std::size_t size) const;
    // Throws as allocate, and then leaves the old block as it was.
    [[nodiscard]] void* resize(void* block, std::size_t old_size, std::size_t new_size) const;
    void release(void* block, std::size_t size) const noexcept;
};

// Moves, never copies. Alignment and size of the block are those that Arrow recommends.
class buffer {
public:
    buffer() = default;
    explicit buffer(memory from) noexcept : from_(from) {}
    buffer(buffer&& other) noexcept
        : from_(other.from_),
          data_(std::exchange(other.data_, nullptr)),
          capacity_(std::exchange(other.capacity_, 0)) {}
    buffer& operator=(buffer&& other) noexcept {
        if (this != &other) {
            reset();
            from_ = other.from_;
            data_ = std::exchange(other.data_, nullptr);
            capacity_ = std::exchange(other.capacity_, 0);
        }
        return *this;
    }
    buffer(const buffer&) = delete;
    buffer& operator=(const buffer&) = delete;
    ~buffer() { reset(); }

    // Makes room for `size` bytes in all, keeping the first `used`. Grows by doubling.
    void reserve(std::size_t size, std::size_t used) {
        if (size > capacity_) grow(size, used);
    }
    // Gives back what is beyond `used` when that is more than half; never fails.
    void trim(std::size_t used) noexcept;
    void reset() noexcept;

    [[nodiscard]] std::uint8_t* data() noexcept { return static_cast<std::uint8_t*>(data_); }
    [[nodiscard]] const std::uint8_t* data() const noexcept {
        return static_cast<const std::uint8_t*>(data_);
    }
    template <class T>
    [[nodiscard]] T* as() noexcept {
        return static_cast<T*>(data_);
    }
    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
    [[nodiscard]] const memory& from() const noexcept { return from_; }

private:
    void grow(std::size_t size, std::size_t used);

    memory from_{};
    void* data_ = nullptr;
    std::size_t capacity_ = 0;
};

}  // namespace qry::arrow
