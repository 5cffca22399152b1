#include "raw_peer.hpp"

#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include <array>
#include <cstring>

namespace qry::wire_test {

fd_pair socket_pair() {
    std::array<int, 2> ends{-1, -1};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
    return {registry::unique_fd(ends[0]), registry::unique_fd(ends[1])};
}

std::vector<std::byte> frame(
    wire::frame_type type, std::span<const std::byte> payload, std::uint16_t descriptors
) {
    std::vector<std::byte> all(wire::header_size);
    wire::put_header(
        all.data(),
        {static_cast<std::uint32_t>(payload.size()),
         static_cast<std::uint16_t>(type),
         descriptors,
         1,
         2}
    );
    all.insert(all.end(), payload.begin(), payload.end());
    return all;
}

raw_peer::raw_peer() {
    auto [mine, other] = socket_pair();
    lane = wire::lane::make(loop, std::move(mine));
    socket = std::move(other);
}

wire::lane::events raw_peer::recording() {
    return {
        .on_frame = [this](wire::incoming& in) -> result<void> {
            got.frames.push_back(
                {in.header,
                 {in.payload.begin(), in.payload.end()},
                 static_cast<bool>(in.descriptor)}
            );
            return {};
        },
        .on_broken = [this](error why) { got.broken.push_back(std::move(why)); }};
}

void raw_peer::start() {
    lane->start(recording());
}

void raw_peer::write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t size =
            ::send(socket.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (size < 0) {
            REQUIRE(errno == EAGAIN);
            loop.restart();
            REQUIRE(loop.run_one_for(std::chrono::seconds(20)) == 1);
        } else {
            bytes = bytes.subspan(static_cast<std::size_t>(size));
        }
    }
}

void raw_peer::write_with_descriptors(std::span<const std::byte> bytes, int count) {
    std::array<int, 2> ends{-1, -1};
    REQUIRE(::pipe(ends.data()) == 0);
    const registry::unique_fd reader(ends[0]);
    const registry::unique_fd writer(ends[1]);
    const std::vector<int> fds(static_cast<std::size_t>(count), reader.get());

    iovec part{const_cast<std::byte*>(bytes.data()), bytes.size()};
    std::vector<char> control(CMSG_SPACE(fds.size() * sizeof(int)));
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(fds.size() * sizeof(int));
    std::memcpy(CMSG_DATA(rights), fds.data(), fds.size() * sizeof(int));
    REQUIRE(::sendmsg(socket.get(), &message, 0) == static_cast<ssize_t>(bytes.size()));
}

std::vector<std::byte> raw_peer::read(std::size_t most) {
    std::vector<std::byte> bytes(most);
    const ssize_t size = ::recv(socket.get(), bytes.data(), most, MSG_DONTWAIT);
    bytes.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return bytes;
}

error raw_peer::why_broken() {
    REQUIRE(run_until(loop, [this] { return !got.broken.empty(); }));
    // Nothing more may come of it.
    loop.restart();
    loop.poll();
    REQUIRE(got.broken.size() == 1);
    return got.broken.front();
}

}  // namespace qry::wire_test
