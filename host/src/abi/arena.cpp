#include "abi/arena.hpp"

#include <bit>
#include <cstdlib>
#include <cstring>

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
// Recycling would hide a use after free from the sanitizer.
constexpr bool recycle = false;
#else
constexpr bool recycle = true;
#endif

}  // namespace

qry_arena::~qry_arena() {
    for (auto& kept : kept_) {
        for (void* buffer : kept)
            std::free(buffer);
    }
}

void qry_arena::unref() noexcept {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
}

std::size_t qry_arena::rounded(std::size_t size) noexcept {
    if (size <= 4 * alignment) return (size + alignment - 1) / alignment * alignment;
    const std::size_t step = std::bit_floor(size - 1) / 4;
    return (size + step - 1) / step * step;
}

// 64, 128, 192, 256, then 320, 384, 448, 512, then 640, …: 0, 1, 2, …
std::size_t qry_arena::class_of(std::size_t rounded_size) noexcept {
    if (rounded_size <= 4 * alignment) return rounded_size / alignment - 1;
    const std::size_t floor = std::bit_floor(rounded_size - 1);
    const auto doubling = static_cast<std::size_t>(std::countr_zero(floor / (4 * alignment)));
    return 4 + doubling * 4 + (rounded_size - floor) / (floor / 4) - 1;
}

void* qry_arena::alloc(std::size_t size) noexcept {
    // Rounding up must not wrap around.
    if (size == 0 || size > SIZE_MAX / 2) return nullptr;
    const std::size_t real = rounded(size);
    const std::size_t index = class_of(real);
    void* buffer = nullptr;
    if (index < class_count) {
        const std::lock_guard lock(mutex_);
        auto& kept = kept_[index];
        if (!kept.empty()) {
            buffer = kept.back();
            kept.pop_back();
            kept_bytes_ -= real;
        }
    }
    if (buffer == nullptr) buffer = std::aligned_alloc(alignment, real);
    if (buffer == nullptr) return nullptr;
    references_.fetch_add(1, std::memory_order_relaxed);
    lent_.fetch_add(real, std::memory_order_relaxed);
    return buffer;
}

void* qry_arena::resize(void* buffer, std::size_t old_size, std::size_t size) noexcept {
    if (buffer == nullptr) return alloc(size);
    if (size != 0 && size <= SIZE_MAX / 2 && rounded(old_size) == rounded(size)) return buffer;
    void* moved = alloc(size);
    if (moved == nullptr) return nullptr;
    std::memcpy(moved, buffer, old_size < size ? old_size : size);
    free(buffer, old_size);
    return moved;
}

void qry_arena::free(void* buffer, std::size_t size) noexcept {
    if (buffer == nullptr || size == 0) return;
    const std::size_t real = rounded(size);
    const std::size_t index = class_of(real);
    lent_.fetch_sub(real, std::memory_order_relaxed);
    bool kept = false;
    if (recycle && index < class_count) {
        const std::lock_guard lock(mutex_);
        if (kept_bytes_ + real <= keep_bytes) {
            try {
                kept_[index].push_back(buffer);
                kept_bytes_ += real;
                kept = true;
            } catch (...) {
                // No memory to remember it by.
            }
        }
    }
    if (!kept) std::free(buffer);
    unref();
}

std::size_t qry_arena::kept() const noexcept {
    const std::lock_guard lock(mutex_);
    return kept_bytes_;
}
