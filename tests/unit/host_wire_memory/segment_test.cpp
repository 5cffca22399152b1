#include "wire/segment.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <random>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include "wire/segment_keeper.hpp"

using namespace qry::wire;
using qry::registry::unique_fd;

namespace {

constexpr std::uint64_t mega = 1U << 20;

unique_fd memfd(std::uint64_t bytes, int seals) {
    unique_fd fd(::memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    REQUIRE(::ftruncate(fd.get(), static_cast<off_t>(bytes)) == 0);
    if (seals != 0) REQUIRE(::fcntl(fd.get(), F_ADD_SEALS, seals) == 0);
    return fd;
}

std::string refused(unique_fd fd, std::uint32_t number, std::uint64_t bytes) {
    segment_map map;
    const auto got = map.add(number, bytes, std::move(fd));
    REQUIRE_FALSE(got.has_value());
    CHECK(map.bytes() == 0);
    return got.error().message;
}

unique_fd duplicate(int fd) {
    return unique_fd(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
}

}  // namespace

TEST_CASE("Blocks are aligned, apart from each other, and found by their place") {
    segment_source source(64 * mega);
    auto* first = static_cast<std::byte*>(source.alloc(100));
    auto* second = static_cast<std::byte*>(source.alloc(64));
    REQUIRE(first != nullptr);
    REQUIRE(second != nullptr);
    CHECK(reinterpret_cast<std::uintptr_t>(first) % 64 == 0);
    CHECK(second >= first + 128);
    CHECK(source.find(first, 100).number == 1);
    CHECK(source.find(second + 8, 56).offset == source.find(second, 64).offset + 8);
    const int outside = 0;
    CHECK(source.find(&outside, sizeof(outside)).number == 0);
    // Begins inside, ends behind the segment.
    CHECK(source.find(first, 33 * mega).number == 0);
    CHECK(source.alloc(0) == nullptr);
    CHECK(source.alloc(SIZE_MAX) == nullptr);
}

TEST_CASE("What was freed is joined with its neighbours and used again") {
    segment_source source(segment_bytes);
    void* blocks[4];
    for (void*& block : blocks)
        REQUIRE((block = source.alloc(8 * mega)) != nullptr);
    CHECK(source.alloc(64) == nullptr);
    source.free(blocks[1], 8 * mega);
    source.free(blocks[2], 8 * mega);
    // Fits only what two of them left together.
    CHECK(source.alloc(16 * mega) == blocks[1]);
    source.free(blocks[1], 16 * mega);
    source.free(blocks[3], 8 * mega);
    source.free(blocks[0], 8 * mega);
    CHECK(source.alloc(32 * mega) == blocks[0]);
    CHECK(source.after(0).size() == 1);
}

TEST_CASE("The best fit is taken, so that large ranges stay whole") {
    segment_source source(segment_bytes);
    void* small = source.alloc(mega);
    void* between = source.alloc(64);
    source.free(small, mega);
    CHECK(source.alloc(mega - 100) == small);
    CHECK(between != nullptr);
}

TEST_CASE("A block larger than a segment gets one of its size, within the budget") {
    segment_source source(100 * mega);
    void* large = source.alloc(60 * mega);
    REQUIRE(large != nullptr);
    CHECK(source.alloc(41 * mega) == nullptr);
    REQUIRE(source.alloc(40 * mega) != nullptr);
    CHECK(source.alloc(64) == nullptr);
    const auto made = source.after(0);
    REQUIRE(made.size() == 2);
    CHECK(made[0].number == 1);
    CHECK(made[0].bytes == 60 * mega);
    CHECK(made[1].number == 2);
    CHECK(made[1].bytes == 40 * mega);
    CHECK(source.after(1).size() == 1);
    CHECK(source.after(2).empty());
    source.free(large, 60 * mega);
    CHECK(source.find(large, 1).number == 1);
    CHECK(source.alloc(mega) != nullptr);
    CHECK(source.after(2).empty());
}

TEST_CASE("A budget below a segment is one small segment; none at all gives nothing") {
    segment_source small(mega + 100);
    CHECK(small.alloc(mega) != nullptr);
    CHECK(small.alloc(64) == nullptr);
    segment_source none(0);
    CHECK(none.alloc(1) == nullptr);
}

TEST_CASE("Segments are sealed: the host maps them and sees what the worker writes") {
    segment_source source(64 * mega);
    auto* block = static_cast<char*>(source.alloc(1000));
    std::strcpy(block, "from the worker");
    const auto made = source.after(0).at(0);
    const int seals = ::fcntl(made.fd, F_GET_SEALS);
    CHECK((seals & F_SEAL_SHRINK) != 0);
    CHECK((seals & F_SEAL_GROW) != 0);
    CHECK((seals & F_SEAL_SEAL) != 0);
    CHECK(::ftruncate(made.fd, 0) != 0);
    segment_map map(64 * mega);
    REQUIRE(map.add(made.number, made.bytes, duplicate(made.fd)).has_value());
    CHECK(map.bytes() == segment_bytes);
    const place where = source.find(block, 1000);
    const auto seen = map.look(where.number, where.offset, 1000, nullptr);
    REQUIRE(seen.size() == 1000);
    CHECK(std::string(reinterpret_cast<const char*>(seen.data())) == "from the worker");
}

TEST_CASE("Places outside the segments are not found") {
    segment_map map;
    REQUIRE(map.add(1, 4096, memfd(4096, F_SEAL_SHRINK | F_SEAL_GROW)).has_value());
    CHECK(map.look(1, 0, 4096, nullptr).size() == 4096);
    CHECK(map.look(1, 4095, 1, nullptr).size() == 1);
    CHECK(map.look(1, 4095, 2, nullptr).empty());
    CHECK(map.look(1, 4097, 0, nullptr).empty());
    CHECK(map.look(1, UINT64_MAX, 2, nullptr).empty());
    CHECK(map.look(1, 1, UINT64_MAX, nullptr).empty());
    CHECK(map.look(0, 0, 1, nullptr).empty());
    CHECK(map.look(2, 0, 1, nullptr).empty());
}

TEST_CASE("A mapping outlives the map for whoever holds it") {
    segment_map::mapping keep;
    std::span<const std::byte> seen;
    {
        segment_map map;
        REQUIRE(map.add(1, 4096, memfd(4096, F_SEAL_SHRINK | F_SEAL_GROW)).has_value());
        seen = map.look(1, 0, 4096, &keep);
    }
    CHECK(seen[4095] == std::byte{0});
}

TEST_CASE("Memory that could shrink under the reader, or is not as told, is refused") {
    constexpr int both = F_SEAL_SHRINK | F_SEAL_GROW;
    CHECK(refused(memfd(4096, 0), 1, 4096).find("not sealed") != std::string::npos);
    CHECK(refused(memfd(4096, F_SEAL_GROW), 1, 4096).find("not sealed") != std::string::npos);
    CHECK(refused(memfd(4096, F_SEAL_SHRINK), 1, 4096).find("not sealed") != std::string::npos);
    CHECK(
        refused(memfd(4096, both), 1, 8192).find("4096 bytes instead of 8192") != std::string::npos
    );
    CHECK(refused(memfd(4096, both), 1, 0).find("4096 bytes instead of 0") != std::string::npos);
    CHECK(refused(memfd(0, both), 1, 0).find("beyond") != std::string::npos);
    CHECK(refused(memfd(4096, both), 0, 4096).find("number 1 was due") != std::string::npos);
    CHECK(refused(memfd(4096, both), 2, 4096).find("number 1 was due") != std::string::npos);
    CHECK(refused(unique_fd(), 1, 4096).find("not a memfd") != std::string::npos);
    char name[] = "/tmp/qry-segment-XXXXXX";
    unique_fd file(::mkstemp(name));
    ::unlink(name);
    REQUIRE(::ftruncate(file.get(), 4096) == 0);
    // A file on a tmpfs can be asked for its seals, and has none of these.
    const std::string why = refused(std::move(file), 1, 4096);
    CHECK((
        why.find("not a memfd") != std::string::npos || why.find("not sealed") != std::string::npos
    ));
}

TEST_CASE("A worker cannot make known more than it was given, nor a number twice") {
    constexpr int both = F_SEAL_SHRINK | F_SEAL_GROW;
    segment_map map(3 * mega);
    REQUIRE(map.add(1, 2 * mega, memfd(2 * mega, both)).has_value());
    const auto again = map.add(1, mega, memfd(mega, both));
    REQUIRE_FALSE(again.has_value());
    CHECK(again.error().message.find("number 2 was due") != std::string::npos);
    const auto beyond = map.add(2, 2 * mega, memfd(2 * mega, both));
    REQUIRE_FALSE(beyond.has_value());
    CHECK(beyond.error().message.find("beyond the 3145728") != std::string::npos);
    CHECK(map.add(2, mega, memfd(mega, both)).has_value());
    CHECK(map.bytes() == 3 * mega);
}

TEST_CASE("A worker at rest gives back pages, and its blocks in use stay") {
    segment_source source(segment_bytes);
    auto* kept = static_cast<char*>(source.alloc(mega));
    auto* gone = static_cast<char*>(source.alloc(16 * mega));
    std::memset(kept, 'k', mega);
    std::memset(gone, 'g', 16 * mega);
    const int fd = source.after(0).at(0).fd;
    struct stat before {};
    REQUIRE(::fstat(fd, &before) == 0);
    source.free(gone, 16 * mega);
    CHECK(source.rest() == 31 * mega);
    struct stat after {};
    REQUIRE(::fstat(fd, &after) == 0);
    CHECK(before.st_blocks >= static_cast<blkcnt_t>(17 * mega / 512));
    CHECK(after.st_blocks <= static_cast<blkcnt_t>(2 * mega / 512));
    CHECK(after.st_size == before.st_size);
    CHECK(kept[mega - 1] == 'k');
    auto* again = static_cast<char*>(source.alloc(16 * mega));
    CHECK(again == gone);
    CHECK(again[0] == 0);
}

TEST_CASE("A keeper lets the memory rest once nothing asks for any, again after each use") {
    boost::asio::io_context loop;
    const auto source = std::make_shared<segment_source>(64 * mega);
    const auto keeper = segment_keeper::start(loop, source, 1'000'000);
    for (int round = 0; round < 2; ++round) {
        void* block = source->alloc(16 * mega);
        REQUIRE(block != nullptr);
        std::memset(block, 7, 16 * mega);
        source->free(block, 16 * mega);
        const int fd = source->after(0).at(0).fd;
        struct stat now {};
        REQUIRE(::fstat(fd, &now) == 0);
        CHECK(now.st_blocks >= static_cast<blkcnt_t>(16 * mega / 512));
        // Ends when no timer is left: an idle keeper has none.
        loop.restart();
        loop.run();
        REQUIRE(::fstat(fd, &now) == 0);
        CHECK(now.st_blocks == 0);
    }
}

TEST_CASE("Memory may be asked for after its keeper went") {
    boost::asio::io_context loop;
    const auto source = std::make_shared<segment_source>(64 * mega);
    segment_keeper::start(loop, source).reset();
    CHECK(source->alloc(mega) != nullptr);
    CHECK(loop.run() == 0);
}

TEST_CASE("Several threads take and give blocks, and none gets another's") {
    segment_source source(96 * mega);
    std::vector<std::thread> threads;
    std::atomic<int> torn{0};
    for (unsigned seed = 1; seed <= 4; ++seed) {
        threads.emplace_back([&source, &torn, seed] {
            std::mt19937 random(seed);
            std::vector<std::pair<unsigned char*, std::size_t>> mine;
            for (int turn = 0; turn < 4000; ++turn) {
                if (mine.size() < 16) {
                    const std::size_t size = 1 + random() % 100'000;
                    auto* block = static_cast<unsigned char*>(source.alloc(size));
                    if (block == nullptr) continue;
                    block[0] = block[size - 1] = static_cast<unsigned char>(seed);
                    mine.emplace_back(block, size);
                    if (source.find(block, size).number == 0) ++torn;
                    continue;
                }
                const std::size_t at = random() % mine.size();
                const auto [block, size] = mine[at];
                if (block[0] != seed || block[size - 1] != seed) ++torn;
                source.free(block, size);
                mine[at] = mine.back();
                mine.pop_back();
            }
            for (auto [block, size] : mine)
                source.free(block, size);
        });
    }
    for (std::thread& t : threads)
        t.join();
    CHECK(torn == 0);
    // All came back: each segment is one range again.
    for (std::size_t i = 0; i < source.after(0).size(); ++i)
        CHECK(source.alloc(32 * mega) != nullptr);
}
