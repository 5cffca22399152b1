#include "abi/arena.hpp"

#include <catch2/catch.hpp>

#include <cstdint>
#include <cstring>

TEST_CASE("Sizes are rounded in four steps to each doubling") {
    CHECK(qry_arena::rounded(1) == 64);
    CHECK(qry_arena::rounded(64) == 64);
    CHECK(qry_arena::rounded(65) == 128);
    CHECK(qry_arena::rounded(256) == 256);
    CHECK(qry_arena::rounded(257) == 320);
    CHECK(qry_arena::rounded(512) == 512);
    CHECK(qry_arena::rounded(513) == 640);
    CHECK(qry_arena::rounded(1 << 20) == 1 << 20);
    CHECK(qry_arena::rounded((1 << 20) + 1) == (1 << 20) + (1 << 18));
}

TEST_CASE("Buffers are aligned, keep their content when they grow, and are accounted for") {
    auto arena = qry_arena::make();
    void* buffer = arena->alloc(100);
    REQUIRE(buffer != nullptr);
    CHECK(reinterpret_cast<std::uintptr_t>(buffer) % 64 == 0);
    std::memset(buffer, 7, 100);
    // 100 and 120 bytes both take 128.
    CHECK(arena->resize(buffer, 100, 120) == buffer);
    auto* moved = static_cast<unsigned char*>(arena->resize(buffer, 120, 5000));
    REQUIRE(moved != nullptr);
    CHECK(moved[0] == 7);
    CHECK(moved[99] == 7);
    CHECK(arena->lent() == 5120);
    arena->free(moved, 5000);
    CHECK(arena->lent() == 0);
    CHECK(arena->kept() <= qry_arena::keep_bytes);
}

TEST_CASE("What cannot be had is NULL, and the old buffer stays") {
    auto arena = qry_arena::make();
    CHECK(arena->alloc(0) == nullptr);
    CHECK(arena->alloc(SIZE_MAX) == nullptr);
    void* buffer = arena->alloc(64);
    CHECK(arena->resize(buffer, 64, SIZE_MAX) == nullptr);
    arena->free(buffer, 64);
    arena->free(nullptr, 10);
}

TEST_CASE("A buffer may be freed after the arena's owner let go") {
    auto arena = qry_arena::make();
    qry_arena* raw = arena.get();
    void* first = raw->alloc(1000);
    void* second = raw->alloc(3 << 20);
    arena.reset();
    raw->free(first, 1000);
    raw->free(second, 3 << 20);
}

TEST_CASE("No more than the limit is kept for later") {
    auto arena = qry_arena::make();
    void* buffers[6];
    for (void*& b : buffers)
        b = arena->alloc(4 << 20);
    for (void* b : buffers)
        arena->free(b, 4 << 20);
    CHECK(arena->kept() <= qry_arena::keep_bytes);
}
