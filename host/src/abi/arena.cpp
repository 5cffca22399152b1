#include "abi/arena.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
// Recycling would hide a use after free from the sanitizer, and a mapping a write past its end.
constexpr bool recycle = false;
constexpr std::size_t mapped_from = SIZE_MAX;
#else
constexpr bool recycle = true;
constexpr std::size_t mapped_from = 1U << 20;
#endif

void* map_block(std::size_t size) noexcept {
    void* at = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return at == MAP_FAILED ? nullptr : at;
}

}  // namespace

qry::abi::block_source qry::abi::system_blocks() {
    return {
        .alloc =
            [](std::size_t size) {
                return size < mapped_from ? std::aligned_alloc(qry_arena::alignment, size)
                                          : map_block(size);
            },
        .free =
            [](void* block, std::size_t size) {
                if (size < mapped_from) return std::free(block);
                ::munmap(block, size);
            }};
}

qry::abi::block_source qry::abi::bounded(block_source from, std::size_t most) {
    auto held = std::make_shared<std::atomic<std::size_t>>(0);
    return {
        .alloc = [from, held, most](std::size_t size) -> void* {
            void* block = nullptr;
            const std::size_t before = held->fetch_add(size, std::memory_order_relaxed);
            if (size <= most && before <= most - size) block = from.alloc(size);
            if (block == nullptr) held->fetch_sub(size, std::memory_order_relaxed);
            return block;
        },
        .free =
            [from, held](void* block, std::size_t size) {
                from.free(block, size);
                held->fetch_sub(size, std::memory_order_relaxed);
            }};
}

qry_arena::~qry_arena() {
    trim(0);
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

// The size that goes with a class, from the other side.
std::size_t qry_arena::size_of(std::size_t index) noexcept {
    if (index < 4) return (index + 1) * alignment;
    const std::size_t floor = (4 * alignment) << ((index - 4) / 4);
    return floor + ((index - 4) % 4 + 1) * (floor / 4);
}

bool qry_arena::lend(std::size_t real) noexcept {
    std::size_t before = lent_.load(std::memory_order_relaxed);
    do {
        if (real > limit_ || before > limit_ - real) return false;
    } while (!lent_.compare_exchange_weak(before, before + real, std::memory_order_relaxed));
    return true;
}

void* qry_arena::take_kept(std::size_t index, std::size_t real) noexcept {
    if (index >= class_count) return nullptr;
    const std::lock_guard lock(mutex_);
    auto& kept = kept_[index];
    if (kept.empty()) return nullptr;
    void* buffer = kept.back();
    kept.pop_back();
    kept_bytes_ -= real;
    return buffer;
}

void qry_arena::trim(std::size_t left) noexcept {
    const std::lock_guard lock(mutex_);
    for (std::size_t index = class_count; index-- > 0 && kept_bytes_ > left;) {
        auto& kept = kept_[index];
        while (!kept.empty() && kept_bytes_ > left) {
            blocks_.free(kept.back(), size_of(index));
            kept.pop_back();
            kept_bytes_ -= size_of(index);
        }
    }
}

void* qry_arena::alloc(std::size_t size) noexcept {
    // Rounding up must not wrap around.
    if (size == 0 || size > SIZE_MAX / 2) return nullptr;
    const std::size_t real = rounded(size);
    void* buffer = nullptr;
    if (lend(real)) {
        buffer = take_kept(class_of(real), real);
        if (buffer == nullptr) buffer = blocks_.alloc(real);
        if (buffer == nullptr) {
            // What is kept in other sizes may be what is missing.
            trim(0);
            buffer = blocks_.alloc(real);
        }
        if (buffer == nullptr) lent_.fetch_sub(real, std::memory_order_relaxed);
    }
    if (buffer == nullptr) {
        refused_.fetch_add(1, std::memory_order_relaxed);
        return nullptr;
    }
    references_.fetch_add(1, std::memory_order_relaxed);
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
    const std::size_t out = lent_.fetch_sub(real, std::memory_order_relaxed) - real;
    const std::size_t room = std::clamp(out, keep_bytes, keep_bytes_busy);
    bool kept = false;
    if (recycle && index < class_count) {
        const std::lock_guard lock(mutex_);
        if (kept_bytes_ + real <= room) {
            try {
                kept_[index].push_back(buffer);
                kept_bytes_ += real;
                kept = true;
            } catch (...) {
                // No memory to remember it by.
            }
        }
    }
    if (!kept) blocks_.free(buffer, real);
    if (out == 0) trim(keep_bytes);
    unref();
}

std::size_t qry_arena::kept() const noexcept {
    const std::lock_guard lock(mutex_);
    return kept_bytes_;
}
