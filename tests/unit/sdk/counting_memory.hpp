// An arena that counts what is taken and given back, and that can run out.
#pragma once

#include <cstdlib>
#include <map>
#include <mutex>

#include <catch2/catch.hpp>

#include <qry/host.h>
#include <qry/kit/arrow/buffer.hpp>

namespace qry::test {

class counting_memory {
public:
    counting_memory() {
        host_.struct_size = sizeof(host_);
        host_.buffer_alloc = [](qry_arena* a, std::size_t n) { return of(a).take(n); };
        host_.buffer_resize = [](qry_arena* a, void* p, std::size_t o, std::size_t n) {
            return of(a).move(p, o, n);
        };
        host_.buffer_free = [](qry_arena* a, void* p, std::size_t n) { of(a).give(p, n); };
    }
    ~counting_memory() { CHECK(blocks_.empty()); }

    arrow::memory handle() noexcept { return {&host_, reinterpret_cast<qry_arena*>(this)}; }
    // After n more, every allocation fails.
    void fail_after(int n) noexcept { left_ = n; }
    std::size_t live() {
        const std::lock_guard lock(mutex_);
        return blocks_.size();
    }
    int taken() const noexcept { return taken_; }

private:
    static counting_memory& of(qry_arena* a) { return *reinterpret_cast<counting_memory*>(a); }
    void* take(std::size_t n) {
        const std::lock_guard lock(mutex_);
        if (left_ == 0) return nullptr;
        if (left_ > 0) --left_;
        ++taken_;
        void* p = std::aligned_alloc(64, (n + 63) / 64 * 64);
        blocks_[p] = n;
        return p;
    }
    void* move(void* p, std::size_t old_size, std::size_t n) {
        void* fresh = take(n);
        if (fresh == nullptr) return nullptr;
        std::memcpy(fresh, p, old_size < n ? old_size : n);
        give(p, old_size);
        return fresh;
    }
    void give(void* p, std::size_t n) {
        const std::lock_guard lock(mutex_);
        // Each block once, with the size it has.
        CHECK(blocks_.count(p) == 1);
        CHECK(blocks_[p] == n);
        blocks_.erase(p);
        std::free(p);
    }

    qry_host host_{};
    std::mutex mutex_;
    // Guarded by mutex_
    std::map<void*, std::size_t> blocks_;
    int left_ = -1;
    int taken_ = 0;
};

}  // namespace qry::test
