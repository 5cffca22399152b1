#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include <string>

#include "wire/lane.hpp"

#include "bytes.hpp"
#include "raw_peer.hpp"

using namespace qry;
using wire::frame_type;
using wire_test::encoded;
using wire_test::frame;
using wire_test::raw_peer;
using wire_test::run_until;

namespace {

registry::unique_fd file_with(const std::string& text) {
    registry::unique_fd made(::memfd_create("qry-test", MFD_CLOEXEC));
    REQUIRE(made.get() >= 0);
    REQUIRE(::write(made.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    return made;
}

std::string text_in(int fd) {
    std::string text(100, '\0');
    const ssize_t size = ::pread(fd, text.data(), text.size(), 0);
    REQUIRE(size >= 0);
    text.resize(static_cast<std::size_t>(size));
    return text;
}

std::vector<std::byte> segment_frame(std::uint16_t descriptors) {
    return frame(frame_type::segment, encoded(wire::segment{1, 4096}), descriptors);
}

}  // namespace

TEST_CASE("Each descriptor arrives with its own frame, between others") {
    boost::asio::io_context loop;
    auto [one, other] = wire_test::socket_pair();
    const auto sender = wire::lane::make(loop, std::move(one));
    const auto receiver = wire::lane::make(loop, std::move(other));
    std::vector<std::string> got;
    receiver->start(
        {.on_frame = [&](wire::incoming& in) -> result<void> {
             if (in.type() != frame_type::segment) {
                 CHECK_FALSE(in.descriptor);
                 got.emplace_back("-");
                 return {};
             }
             const auto m = wire::decode<wire::segment>(in.payload);
             REQUIRE(m);
             REQUIRE(in.descriptor);
             CHECK((::fcntl(in.descriptor.get(), F_GETFD) & FD_CLOEXEC) != 0);
             got.push_back(std::to_string(m->number) + text_in(in.descriptor.get()));
             return {};
         },
         .on_broken = [](error why) { FAIL(why.message); }}
    );
    sender->start({.on_frame = [](wire::incoming&) -> result<void> { return {}; }, .on_broken = {}}
    );
    for (std::uint32_t i = 1; i != 4; ++i) {
        sender->send(frame_type::ended, 1, 1, wire::ended{});
        // May be closed as soon as it was handed over.
        const auto file = file_with("file " + std::to_string(i));
        sender->send_descriptor({i, 4096}, file.get());
    }
    sender->send(frame_type::ended, 1, 1, wire::ended{});
    REQUIRE(run_until(loop, [&] { return got.size() == 7; }));
    CHECK(got == std::vector<std::string>{"-", "1file 1", "-", "2file 2", "-", "3file 3", "-"});
}

TEST_CASE("A descriptor whose frame comes in pieces is kept for it") {
    raw_peer p;
    p.start();
    const auto whole = segment_frame(1);
    const auto step = [&] {
        p.loop.restart();
        p.loop.poll();
    };
    p.write_with_descriptors(std::span(whole).first(5), 1);
    step();
    p.write(std::span(whole).subspan(5, 15));
    step();
    CHECK(p.got.frames.empty());
    p.write(std::span(whole).subspan(20));
    step();
    REQUIRE(p.got.frames.size() == 1);
    CHECK(p.got.frames[0].descriptor);
    CHECK(p.got.broken.empty());
}

TEST_CASE("A frame that declares a descriptor which did not come breaks the lane") {
    raw_peer p;
    p.start();
    p.write(segment_frame(1));
    CHECK(p.why_broken().message == "frame segment: the descriptor it declares did not come");
    CHECK(p.got.frames.empty());
}

TEST_CASE("A descriptor that no frame declares breaks the lane") {
    SECTION("with a whole frame") {
        raw_peer p;
        p.start();
        p.write_with_descriptors(segment_frame(0), 1);
        CHECK(p.why_broken().message == "a descriptor came that no frame declares");
    }
    SECTION("with part of one") {
        raw_peer p;
        p.start();
        const auto whole = segment_frame(0);
        p.write_with_descriptors(std::span(whole).first(20), 1);
        CHECK(p.why_broken().message == "a descriptor came that no frame declares");
    }
    SECTION("two where one is declared") {
        raw_peer p;
        p.start();
        p.write_with_descriptors(segment_frame(1), 2);
        CHECK(p.why_broken().message == "a descriptor came that no frame declares");
    }
    SECTION("as many as a call can carry") {
        raw_peer p;
        p.start();
        p.write_with_descriptors(segment_frame(1), 253);
        CHECK(p.why_broken().message == "a descriptor came that no frame declares");
    }
}

TEST_CASE("A descriptor that nobody takes is closed") {
    raw_peer p;
    p.start();
    auto ends = wire_test::socket_pair();
    const auto sender = wire::lane::make(p.loop, std::move(p.socket));
    sender->start({.on_frame = [](wire::incoming&) -> result<void> { return {}; }, .on_broken = {}}
    );
    sender->send_descriptor({1, 4096}, ends.second.get());
    ends.second = registry::unique_fd();
    REQUIRE(run_until(p.loop, [&] { return p.got.frames.size() == 1; }));
    CHECK(p.got.frames[0].descriptor);
    // The last copy of the other end is gone, or this would wait.
    char byte = 0;
    CHECK(::read(ends.first.get(), &byte, 1) == 0);
}

TEST_CASE("A descriptor that cannot be sent breaks the sender's lane") {
    raw_peer p;
    p.start();
    p.lane->send_descriptor({1, 4096}, -1);
    CHECK(p.got.broken.empty());
    CHECK(p.why_broken().message.find("fcntl: Bad file descriptor") != std::string::npos);
}
