#include "wire/outbox.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>

#include "bytes.hpp"
#include "raw_peer.hpp"
#include "samples.hpp"

using namespace qry;

namespace {

// Of the memory that the box keeps for its next frames, where the last one lay.
std::ptrdiff_t traces(wire::outbox& box, std::size_t size) {
    REQUIRE(box.buffer().capacity() >= size);
    const std::span memory(box.buffer().data(), size);
    return std::ranges::count_if(memory, [](std::byte b) { return b != std::byte{0}; });
}

std::size_t add(wire::outbox& box, wire::frame_type type) {
    const std::size_t mark = box.begin();
    wire::writer to(box.buffer());
    wire::encode(to, wire_test::sample_connect());
    const std::size_t size = box.buffer().size();
    REQUIRE(box.end(mark, {.type = static_cast<std::uint16_t>(type)}));
    return size;
}

}  // namespace

TEST_CASE("A connect is wiped from the sender's memory once it was written, others are not") {
    const auto ends = wire_test::socket_pair();
    wire::outbox box(wire::worker_words);
    const std::size_t size = add(box, wire::frame_type::connect);
    REQUIRE(box.write(ends.first.get()) == wire::outbox::wrote::all);
    CHECK(traces(box, size) == 0);

    wire::outbox other(wire::worker_words);
    add(other, wire::frame_type::execute);
    REQUIRE(other.write(ends.first.get()) == wire::outbox::wrote::all);
    CHECK(traces(other, size) > 0);
}

TEST_CASE("A frame that was begun and never ended does not go out") {
    const auto ends = wire_test::socket_pair();
    wire::outbox box(wire::worker_words);
    static_cast<void>(box.begin());
    wire::writer(box.buffer()).text("half");
    const std::size_t mark = box.begin();
    wire::writer(box.buffer()).u8(1);
    REQUIRE(box.end(mark, {.type = 5}));
    CHECK(box.queued() == 17);
    CHECK(box.write(ends.first.get()) == wire::outbox::wrote::all);
    CHECK(box.queued() == 0);
}

TEST_CASE("A connect that the socket does not take stays queued, and is not moved by the next") {
    const auto ends = wire_test::socket_pair();
    wire::outbox box(wire::worker_words);
    const std::size_t mark = box.begin();
    box.buffer().resize(mark + wire::header_size + (4U << 20));
    REQUIRE(box.end(mark, {.type = 5}));
    add(box, wire::frame_type::connect);
    CHECK(box.write(ends.first.get()) == wire::outbox::wrote::blocked);
    const std::size_t left = box.queued();
    CHECK(left > (1U << 20));
    // In a buffer of its own.
    static_cast<void>(box.begin());
    CHECK(box.buffer().size() == wire::header_size);
    CHECK(box.queued() == left);
}
