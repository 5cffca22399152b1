#include "wire/lane.hpp"

#include <sys/socket.h>

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>

#include "bytes.hpp"
#include "raw_peer.hpp"

using namespace qry;
using wire::frame_type;
using wire_test::bytes;
using wire_test::encoded;
using wire_test::frame;
using wire_test::raw_peer;
using wire_test::run_until;

namespace {

constexpr std::size_t megabyte = 1U << 20;

bool runs_until(raw_peer& p, std::size_t frames) {
    return run_until(p.loop, [&] { return p.got.frames.size() >= frames; });
}

// Sends by itself and counts what it hears.
struct talker {
    std::shared_ptr<wire::lane> lane;
    std::vector<std::string> heard;
    std::vector<error> broken;

    talker(boost::asio::io_context& loop, registry::unique_fd socket)
        : lane(wire::lane::make(loop, std::move(socket))) {
        lane->start(
            {.on_frame = [this](wire::incoming& in) -> result<void> {
                 auto m = wire::decode<wire::info>(in.payload);
                 if (!m) return std::move(m).error();
                 heard.push_back(std::move(m->value));
                 return {};
             },
             .on_broken = [this](error why) { broken.push_back(std::move(why)); }}
        );
    }
    void say(std::string text) {
        lane->send(frame_type::info, 1, 1, wire::info{"say", std::move(text)});
    }
};

struct two_talkers {
    boost::asio::io_context loop{1};
    wire_test::fd_pair ends = wire_test::socket_pair();
    talker a{loop, std::move(ends.first)};
    talker b{loop, std::move(ends.second)};
};

}  // namespace

TEST_CASE("What is sent is a header and its payload") {
    raw_peer p;
    p.start();
    p.lane->send(frame_type::credit, 7, 9, wire::credit{3});
    p.lane->send(frame_type::cancel, 7, 10);
    CHECK(p.lane->queued() == 16 + 4 + 16);
    // Nothing goes before the loop's turn ends.
    CHECK(p.read(100).empty());
    p.loop.poll();
    CHECK(p.lane->queued() == 0);
    CHECK(p.read(100) == bytes({4, 0, 0, 0, 5, 0, 0, 0, 7, 0, 0, 0, 9, 0, 0,  0, 3, 0,
                                0, 0, 0, 0, 0, 0, 6, 0, 0, 0, 7, 0, 0, 0, 10, 0, 0, 0}));
}

TEST_CASE("A flush does not wait for the end of the turn") {
    raw_peer p;
    p.start();
    p.lane->send(frame_type::drain, 0, 1);
    p.lane->flush();
    CHECK(p.read(100).size() == 16);
    p.loop.poll();
    CHECK(p.read(100).empty());
}

TEST_CASE("Frames arrive in order, each once") {
    two_talkers t;
    for (int i = 0; i != 1000; ++i)
        t.a.say(std::to_string(i));
    t.b.say("back");
    REQUIRE(run_until(t.loop, [&] { return t.b.heard.size() == 1000 && t.a.heard.size() == 1; }));
    for (int i = 0; i != 1000; ++i)
        CHECK(t.b.heard[static_cast<std::size_t>(i)] == std::to_string(i));
    CHECK(t.a.heard.front() == "back");
}

TEST_CASE("A frame of 50 MiB arrives whole, and small ones around it") {
    two_talkers t;
    std::string large(50 * megabyte, 'a');
    large[0] = 'b';
    large[large.size() / 2] = 'c';
    large.back() = 'd';
    t.a.say("before");
    t.a.say(large);
    t.a.say("after");
    REQUIRE(run_until(t.loop, [&] { return t.b.heard.size() == 3; }));
    CHECK(t.b.heard[0] == "before");
    CHECK((t.b.heard[1] == large));
    CHECK(t.b.heard[2] == "after");
    CHECK(t.a.lane->queued() == 0);
}

TEST_CASE("A payload above 64 MiB breaks the sender's lane, from the loop") {
    raw_peer p;
    p.start();
    p.lane->send(frame_type::head, 1, 1, wire::head{0, std::vector<std::byte>(64 * megabyte)});
    CHECK(p.got.broken.empty());
    CHECK(
        p.why_broken().message == "frame head is larger than the 67108864 bytes a frame may have"
    );
    // Nothing of it went out.
    CHECK(p.read(100).empty());
}

TEST_CASE("Frames that come byte by byte are put together") {
    raw_peer p;
    p.start();
    const auto first = frame(frame_type::info, encoded(wire::info{"k", "v"}));
    const auto second = frame(frame_type::cancel, {});
    auto all = first;
    all.insert(all.end(), second.begin(), second.end());
    for (const auto& byte : all) {
        p.write({&byte, 1});
        p.loop.restart();
        p.loop.poll();
    }
    REQUIRE(p.got.frames.size() == 2);
    CHECK(p.got.frames[0].payload == encoded(wire::info{"k", "v"}));
    CHECK(p.got.frames[0].header.channel == 1);
    CHECK(p.got.frames[0].header.verb == 2);
    CHECK(p.got.frames[1].header.type == static_cast<int>(frame_type::cancel));
    CHECK(p.got.broken.empty());
}

TEST_CASE("Many frames in one write are all delivered") {
    raw_peer p;
    p.start();
    std::vector<std::byte> all;
    // 10,000 frames of 16 to 115 bytes: more than one buffer, and cut at its end in many ways.
    for (std::size_t i = 0; i != 10'000; ++i) {
        const auto one = frame(frame_type::batch, std::vector<std::byte>(i % 100, std::byte(i)));
        all.insert(all.end(), one.begin(), one.end());
    }
    p.write(all);
    REQUIRE(runs_until(p, 10'000));
    bool good = true;
    for (std::size_t i = 0; i != 10'000; ++i) {
        good = good && p.got.frames[i].payload == std::vector<std::byte>(i % 100, std::byte(i));
    }
    CHECK(good);
}

TEST_CASE("A side that hangs up is reported once, after the frames that came before") {
    raw_peer p;
    p.start();
    p.write(frame(frame_type::pong, encoded(wire::ping{1})));
    p.hang_up();
    const error why = p.why_broken();
    CHECK(p.got.frames.size() == 1);
    CHECK(why.kind == status::plugin_crashed);
    CHECK(why.message == "the process at the other end hung up");
}

TEST_CASE("A side that hangs up in the middle of a frame is told from one that ended in order") {
    raw_peer p;
    p.start();
    auto part = frame(frame_type::info, encoded(wire::info{"k", "value"}));
    // 4 + 1 + 4 + 5 bytes of payload, of which 10 come.
    part.resize(16 + 10);
    p.write(part);
    p.hang_up();
    CHECK(
        p.why_broken().message ==
        "the process at the other end hung up after 10 of 14 bytes of frame info"
    );
    CHECK(p.got.frames.empty());
}

TEST_CASE("A side that hangs up in the middle of a header is told as well") {
    raw_peer p;
    p.start();
    p.write(bytes({1, 0, 0}));
    p.hang_up();
    CHECK(
        p.why_broken().message == "the process at the other end hung up after 3 bytes of a header"
    );
}

TEST_CASE("Sending to a side that hung up is harmless, and still delivers what it said last") {
    raw_peer p;
    p.start();
    p.write(frame(frame_type::pong, encoded(wire::ping{1})));
    p.hang_up();
    p.lane->send(frame_type::ping, 0, 1, wire::ping{2});
    p.lane->flush();
    CHECK(p.got.broken.empty());
    CHECK(p.why_broken().kind == status::plugin_crashed);
    CHECK(p.got.frames.size() == 1);
    p.lane->send(frame_type::ping, 0, 1, wire::ping{3});
    p.lane->flush();
    CHECK(p.lane->queued() == 0);
}

TEST_CASE("A side that reads no more is reported even if it does not hang up") {
    raw_peer p;
    p.start();
    REQUIRE(::shutdown(p.socket.get(), SHUT_RD) == 0);
    p.lane->send(frame_type::ping, 0, 1, wire::ping{2});
    const error why = p.why_broken();
    CHECK(why.kind == status::plugin_crashed);
    CHECK(why.message == "the process at the other end cannot be reached: sendmsg: Broken pipe");
}

TEST_CASE("A failure before the start is reported after it") {
    raw_peer p;
    p.hang_up();
    p.lane->send(frame_type::ping, 0, 1, wire::ping{2});
    p.loop.poll();
    p.start();
    CHECK(p.got.broken.empty());
    CHECK(p.why_broken().kind == status::plugin_crashed);
}

TEST_CASE("Garbage breaks the lane") {
    const auto [garbage, why] = GENERATE(table<std::string, std::string>({
        {"GET / HTTP/1.1\r\n",
         "frame header: a payload of 542393671 bytes; at most 67108864 are allowed"},
        {std::string(16, '\0'), "frame type 0 is not known"},
        {std::string("\0\0\0\0\x0c\0\0\0\0\0\0\0\0\0\0\0", 16), "frame type 12 is not known"},
        // Longer than allowed by one byte: refused by its header, nothing else need come.
        {std::string("\1\0\0\4\x23\0\0\0\0\0\0\0\0\0\0\0", 16),
         "frame header: a payload of 67108865 bytes; at most 67108864 are allowed"},
    }));
    raw_peer p;
    p.start();
    p.write(frame(frame_type::done, {}));
    p.write(bytes(garbage));
    const error broken = p.why_broken();
    CHECK(broken.message == why);
    CHECK(broken.kind == status::plugin_error);
    CHECK(p.got.frames.size() == 1);
}

TEST_CASE("A frame that its receiver refuses breaks the lane with the receiver's words") {
    raw_peer p;
    auto events = p.recording();
    events.on_frame = [](wire::incoming& in) -> result<void> {
        auto m = wire::decode<wire::credit>(in.payload);
        if (!m) return std::move(m).error();
        return {};
    };
    p.start(std::move(events));
    p.write(frame(frame_type::credit, bytes({1, 2})));
    CHECK(p.why_broken().message == "frame credit: batches is cut off");
    // The other side sees the end of it.
    CHECK(p.read(10).empty());
    CHECK(::send(p.socket.get(), "x", 1, MSG_NOSIGNAL) == -1);
}

TEST_CASE("A receiver that throws breaks the lane, and not the loop") {
    raw_peer p;
    auto events = p.recording();
    events.on_frame = [](wire::incoming&) -> result<void> { throw std::runtime_error("no"); };
    p.start(std::move(events));
    p.write(frame(frame_type::done, {}));
    CHECK(p.why_broken().message == "frame done threw: no");
}

TEST_CASE("What a slow reader does not take is queued, and goes when it reads") {
    raw_peer p;
    p.start();
    // Far more than any socket buffer.
    for (int i = 0; i != 100; ++i) {
        p.lane->send(frame_type::info, 1, 1, wire::info{"k", std::string(100'000, 'x')});
        p.lane->flush();
    }
    const std::size_t total = 100 * (16 + 4 + 1 + 4 + 100'000);
    const std::size_t before = p.lane->queued();
    CHECK(before > total / 2);
    CHECK(before < total);
    p.loop.poll();
    CHECK(p.lane->queued() == before);

    std::size_t taken = 0;
    bool grew = false;
    while (taken != total) {
        const std::size_t last = p.lane->queued();
        taken += p.read(1U << 20).size();
        p.loop.restart();
        p.loop.poll();
        grew = grew || p.lane->queued() > last;
    }
    CHECK_FALSE(grew);
    CHECK(p.lane->queued() == 0);
    CHECK(p.got.broken.empty());
}

TEST_CASE("A lane closed from inside a callback delivers nothing more") {
    raw_peer p;
    int delivered = 0;
    bool broken = false;
    const auto witness = std::make_shared<int>();
    p.start(
        {.on_frame = [&, witness](wire::incoming&) -> result<void> {
             ++delivered;
             p.lane->close();
             p.lane->send(frame_type::done, 1, 1);
             // The callback itself is still there.
             return witness.use_count() == 2 ? result<void>() : error{.message = "let go"};
         },
         .on_broken = [&](error) { broken = true; }}
    );
    const auto one = frame(frame_type::cancel, {});
    auto two = one;
    two.insert(two.end(), one.begin(), one.end());
    p.write(two);
    REQUIRE(run_until(p.loop, [&] { return delivered == 1; }));
    p.loop.restart();
    p.loop.poll();
    CHECK(delivered == 1);
    CHECK_FALSE(broken);
    CHECK(witness.use_count() == 1);
    CHECK(::send(p.socket.get(), "x", 1, MSG_NOSIGNAL) == -1);
}

TEST_CASE("The last reference may go inside a callback") {
    raw_peer p;
    const auto witness = std::make_shared<int>();
    std::weak_ptr<wire::lane> watched = p.lane;
    int delivered = 0;
    p.start(
        {.on_frame = [&, witness](wire::incoming&) -> result<void> {
             ++delivered;
             p.lane.reset();
             return {};
         },
         .on_broken = {}}
    );
    const auto one = frame(frame_type::cancel, {});
    auto two = one;
    two.insert(two.end(), one.begin(), one.end());
    p.write(two);
    REQUIRE(run_until(p.loop, [&] { return watched.expired(); }));
    // What had come with it is delivered all the same.
    CHECK(delivered == 2);
    CHECK(witness.use_count() == 1);
}

TEST_CASE("A callback may answer, and the answers of one read go out together") {
    raw_peer p;
    p.start(
        {.on_frame = [&](wire::incoming& in) -> result<void> {
             p.lane->send(frame_type::done, in.header.channel, in.header.verb);
             CHECK(p.read(100).empty());
             return {};
         },
         .on_broken = {}}
    );
    const auto one = frame(frame_type::reset, encoded(wire::timed{1}));
    auto two = one;
    two.insert(two.end(), one.begin(), one.end());
    p.write(two);
    // One event: the read, the callbacks, the write.
    REQUIRE(p.loop.run_one_for(std::chrono::seconds(20)) == 1);
    CHECK(p.read(100).size() == 32);
}

TEST_CASE("What was queued before a close goes out, as far as the socket takes it") {
    raw_peer p;
    p.start();
    p.lane->send(frame_type::drained, 0, 1);
    p.lane->close();
    CHECK(p.read(100).size() == 16);
    p.loop.poll();
    CHECK(p.got.broken.empty());
}

TEST_CASE("What has arrived is delivered before a close that asks for it") {
    two_talkers t;
    t.b.say("one");
    t.b.say("two");
    t.b.lane->close();
    // The loop has not run.
    t.a.lane->take_rest();
    CHECK(t.a.heard == std::vector<std::string>{"one", "two"});
    t.a.lane->close();
    t.loop.poll();
    CHECK(t.a.heard.size() == 2);
    CHECK(t.a.broken.empty());
}

TEST_CASE("The payload of a connect is wiped after its callback, others are left alone") {
    raw_peer p;
    // Looked at after the callback, while the lane's buffer is still there.
    std::vector<std::span<const std::byte>> seen;
    p.start(
        {.on_frame = [&](wire::incoming& in) -> result<void> {
             if (in.type() == frame_type::connect) {
                 CHECK(std::ranges::count(in.payload, std::byte('h')) == 3);
             }
             seen.push_back(in.payload);
             if (seen.size() != 3) return {};
             CHECK(std::ranges::count(seen[0], std::byte(0)) == 50);
             CHECK(std::ranges::count(seen[1], std::byte('h')) == 50);
             return {};
         },
         .on_broken = {}}
    );
    const auto secret = bytes(std::string(47, 'x') + "hhh");
    const auto plain = bytes(std::string(50, 'h'));
    auto all = frame(frame_type::connect, secret);
    const auto second = frame(frame_type::execute, plain);
    const auto third = frame(frame_type::cancel, {});
    all.insert(all.end(), second.begin(), second.end());
    all.insert(all.end(), third.begin(), third.end());
    p.write(all);
    REQUIRE(run_until(p.loop, [&] { return seen.size() == 3; }));
}
