// The arena notes what plugins do wrong with batch memory.
#include <catch2/catch.hpp>
#include <cstdint>
#include <cstring>
#include <memory>

#include <qry/conformance/arena.hpp>

using namespace qry::conformance;

namespace {

struct fixture {
    std::shared_ptr<ledger> book = std::make_shared<ledger>();
    std::unique_ptr<arena> memory = std::make_unique<arena>(book);

    void* alloc(std::size_t size) { return arena::alloc(memory->handle(), size); }
    std::string broken() const {
        return book->violations().empty() ? "" : book->violations().front().rule;
    }
};

}  // namespace

TEST_CASE_METHOD(fixture, "buffers are 64-byte aligned and counted until freed") {
    void* a = alloc(10);
    void* b = alloc(100);
    CHECK(reinterpret_cast<std::uintptr_t>(a) % 64 == 0);
    CHECK(reinterpret_cast<std::uintptr_t>(b) % 64 == 0);
    CHECK(memory->live_buffers() == 2);
    CHECK(memory->live_bytes() == 110);
    arena::free(memory->handle(), a, 10);
    arena::free(memory->handle(), b, 100);
    CHECK(memory->live_buffers() == 0);
    CHECK(memory->live_bytes() == 0);
    CHECK(memory->peak_bytes() == 110);
    CHECK(broken().empty());
}

TEST_CASE_METHOD(fixture, "a grown buffer moves and keeps its content") {
    void* a = alloc(4);
    std::memcpy(a, "abcd", 4);
    void* b = arena::resize(memory->handle(), a, 4, 1000);
    REQUIRE(b != nullptr);
    CHECK(b != a);
    CHECK(std::memcmp(b, "abcd", 4) == 0);
    CHECK(memory->live_bytes() == 1000);
    arena::free(memory->handle(), b, 1000);
    CHECK(broken().empty());
}

TEST_CASE_METHOD(
    fixture, "after n allocations the next one fails, and a failed growth keeps the old"
) {
    memory->fail_after(1);
    void* a = alloc(8);
    REQUIRE(a != nullptr);
    CHECK(alloc(8) == nullptr);
    CHECK(arena::resize(memory->handle(), a, 8, 16) == nullptr);
    CHECK(memory->live_bytes() == 8);
    memory->never_fail();
    void* b = alloc(8);
    CHECK(b != nullptr);
    arena::free(memory->handle(), a, 8);
    arena::free(memory->handle(), b, 8);
}

TEST_CASE_METHOD(fixture, "a buffer freed twice is noted") {
    void* a = alloc(8);
    arena::free(memory->handle(), a, 8);
    void* keeps_the_arena_alive = alloc(512);
    arena::free(memory->handle(), a, 8);
    CHECK(broken() == "arena.known_buffer");
    arena::free(memory->handle(), keeps_the_arena_alive, 512);
}

TEST_CASE_METHOD(fixture, "a wrong size is noted") {
    void* a = alloc(8);
    arena::free(memory->handle(), a, 9);
    CHECK(broken() == "arena.size");
}

TEST_CASE_METHOD(fixture, "a write behind a buffer is noted") {
    auto* a = static_cast<char*>(alloc(8));
    a[8] = 'x';
    arena::free(memory->handle(), a, 8);
    CHECK(broken() == "arena.overrun");
}

TEST_CASE_METHOD(fixture, "a request of no bytes is noted") {
    CHECK(alloc(0) == nullptr);
    CHECK(broken() == "arena.size");
}

TEST_CASE_METHOD(fixture, "a buffer may be freed after the arena is gone") {
    qry_arena* handle = memory->handle();
    void* a = alloc(8);
    memory.reset();
    arena::free(handle, a, 8);
    CHECK(broken().empty());
}
