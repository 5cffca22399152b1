#include "abi/arena.hpp"

#include <catch2/catch.hpp>

#include <sys/mman.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <utility>
#include <vector>

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool recycles = false;
#else
constexpr bool recycles = true;
#endif

}  // namespace

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

TEST_CASE("While much is lent out much is kept, and little once all came back") {
    auto arena = qry_arena::make();
    std::vector<void*> buffers(12);
    for (void*& b : buffers)
        b = arena->alloc(4 << 20);
    for (std::size_t i = 0; i < 6; ++i)
        arena->free(buffers[i], 4 << 20);
    CHECK(arena->kept() == (recycles ? 24U << 20 : 0));
    for (std::size_t i = 6; i < buffers.size(); ++i)
        arena->free(buffers[i], 4 << 20);
    CHECK(arena->kept() == (recycles ? qry_arena::keep_bytes : 0));
}

TEST_CASE("A large block that is let go is the system's again") {
    const auto blocks = qry::abi::system_blocks();
    const std::size_t size = 8 << 20;
    void* block = blocks.alloc(size);
    REQUIRE(block != nullptr);
    std::memset(block, 7, size);
    blocks.free(block, size);
    if (!recycles) return;
    std::vector<unsigned char> pages(size / 4096);
    CHECK(mincore(block, size, pages.data()) == -1);
    CHECK(errno == ENOMEM);
}

namespace {

// A source that knows what is out, and that can run dry.
struct counting_blocks {
    std::map<void*, std::size_t> out;
    std::size_t left = SIZE_MAX;

    qry::abi::block_source source() {
        return {
            .alloc = [this](std::size_t size) -> void* {
                if (size > left) return nullptr;
                left -= size;
                void* block = std::aligned_alloc(64, size);
                out[block] = size;
                return block;
            },
            .free =
                [this](void* block, std::size_t size) {
                    // With the size it was taken with.
                    CHECK(out[block] == size);
                    out.erase(block);
                    left += size;
                    std::free(block);
                }};
    }
};

}  // namespace

TEST_CASE("Memory comes from the source and goes back to it, each block once, with its size") {
    counting_blocks blocks;
    auto arena = qry_arena::make(SIZE_MAX, blocks.source());
    std::vector<std::pair<void*, std::size_t>> buffers;
    for (std::size_t size = 1; size < (40U << 20); size = size * 5 / 3 + 7)
        buffers.emplace_back(arena->alloc(size), size);
    CHECK(blocks.out.size() == buffers.size());
    for (auto [buffer, size] : buffers)
        arena->free(buffer, size);
    arena.reset();
    CHECK(blocks.out.empty());
}

TEST_CASE("Nothing is lent beyond the limit, and what came back may be lent again") {
    auto arena = qry_arena::make(1 << 20);
    CHECK(arena->limit() == 1 << 20);
    void* first = arena->alloc(768 << 10);
    REQUIRE(first != nullptr);
    CHECK(arena->refused() == 0);
    CHECK(arena->alloc((256 << 10) + 1) == nullptr);
    CHECK(arena->alloc((1 << 20) + 1) == nullptr);
    CHECK(arena->refused() == 2);
    CHECK(arena->lent() == 768 << 10);
    // Growing needs both blocks for a moment.
    CHECK(arena->resize(first, 768 << 10, 1 << 20) == nullptr);
    void* second = arena->alloc(256 << 10);
    CHECK(second != nullptr);
    arena->free(first, 768 << 10);
    first = arena->alloc(512 << 10);
    CHECK(first != nullptr);
    arena->free(first, 512 << 10);
    arena->free(second, 256 << 10);
}

TEST_CASE("A source that runs dry gets back what is kept before it is given up") {
    counting_blocks blocks;
    blocks.left = 1 << 20;
    auto arena = qry_arena::make(SIZE_MAX, blocks.source());
    void* block = arena->alloc(640 << 10);
    REQUIRE(block != nullptr);
    arena->free(block, 640 << 10);
    // Does not fit beside what is kept of another size.
    block = arena->alloc(512 << 10);
    REQUIRE(block != nullptr);
    CHECK(arena->alloc(640 << 10) == nullptr);
    CHECK(arena->refused() == 1);
    CHECK(arena->lent() == 512 << 10);
    arena->free(block, 512 << 10);
    arena.reset();
    CHECK(blocks.left == 1 << 20);
}
