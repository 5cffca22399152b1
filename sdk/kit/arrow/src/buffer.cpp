#include <qry/kit/arrow/buffer.hpp>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <new>

namespace qry::arrow {

namespace {

constexpr std::size_t alignment = 64;

constexpr std::size_t rounded(std::size_t size) noexcept {
    return (size + alignment - 1) / alignment * alignment;
}

}  // namespace

void* memory::allocate(std::size_t size) const {
    void* block = arena != nullptr ? host->buffer_alloc(arena, size)
                                   : std::aligned_alloc(alignment, rounded(size));
    if (block == nullptr) throw std::bad_alloc();
    return block;
}

void* memory::resize(void* block, std::size_t old_size, std::size_t new_size) const {
    if (arena != nullptr) {
        void* moved = host->buffer_resize(arena, block, old_size, new_size);
        if (moved == nullptr) throw std::bad_alloc();
        return moved;
    }
    void* moved = allocate(new_size);
    std::memcpy(moved, block, std::min(old_size, new_size));
    std::free(block);
    return moved;
}

void memory::release(void* block, std::size_t size) const noexcept {
    if (arena != nullptr) {
        host->buffer_free(arena, block, size);
    } else {
        std::free(block);
    }
}

void buffer::grow(std::size_t size, std::size_t used) {
    constexpr std::size_t most = std::numeric_limits<std::size_t>::max() / 4;
    if (size > most) throw std::bad_alloc();
    const std::size_t wanted = rounded(std::max(size, std::min(capacity_ * 2, most)));
    if (data_ == nullptr) {
        data_ = from_.allocate(wanted);
    } else if (used == 0) {
        // Nothing to keep: a fresh block spares the copy.
        void* fresh = from_.allocate(wanted);
        from_.release(data_, capacity_);
        data_ = fresh;
    } else {
        data_ = from_.resize(data_, capacity_, wanted);
    }
    capacity_ = wanted;
}

void buffer::trim(std::size_t used) noexcept {
    const std::size_t wanted = std::max(rounded(used), alignment);
    if (data_ == nullptr || wanted > capacity_ / 2) return;
    try {
        data_ = from_.resize(data_, capacity_, wanted);
        capacity_ = wanted;
    } catch (const std::bad_alloc&) {
        // The larger block serves as well.
    }
}

void buffer::reset() noexcept {
    if (data_ != nullptr) from_.release(data_, capacity_);
    data_ = nullptr;
    capacity_ = 0;
}

}  // namespace qry::arrow
