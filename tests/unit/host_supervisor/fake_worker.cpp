#include "fake_worker.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <thread>
#include <utility>

#include <boost/asio/post.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <qry/kit/arrow/type.hpp>

#include "base/flight_recorder.hpp"

namespace fake {

using namespace qry;
using wire::frame_type;

namespace {

constexpr int patience_ms = 20'000;

class process final : public supervisor::process {
public:
    process(boost::asio::io_context& home, std::shared_ptr<started::state> shared)
        : shared_(std::move(shared)) {
        shared_->home = &home;
    }
    ~process() override {
        const std::lock_guard lock(shared_->mutex);
        shared_->on_end = nullptr;
    }
    // Its own number would be looked at in /proc.
    int id() const noexcept override { return getpid(); }
    void watch(callback<void(supervisor::death)> on_end) override {
        const std::lock_guard lock(shared_->mutex);
        shared_->on_end = std::move(on_end);
    }
    void kill() noexcept override;

private:
    const std::shared_ptr<started::state> shared_;
};

void report(const std::shared_ptr<started::state>& to, supervisor::death how) {
    const std::lock_guard lock(to->mutex);
    if (std::exchange(to->over, true)) return;
    boost::asio::post(*to->home, [to, how = std::move(how)] {
        callback<void(supervisor::death)> tell;
        {
            const std::lock_guard inner(to->mutex);
            tell = std::exchange(to->on_end, nullptr);
        }
        if (tell) tell(how);
    });
}

void process::kill() noexcept {
    shared_->killed = true;
    report(shared_, {supervisor::death_cause::signal, SIGKILL, {}});
}

void make_pair(registry::unique_fd& ours, int& theirs) {
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
        throw std::runtime_error("socketpair");
    }
    ours = registry::unique_fd(pair[0]);
    theirs = pair[1];
}

}  // namespace

void peer::segment(std::uint32_t number, std::uint64_t size, int fd) {
    std::vector<std::byte> payload;
    wire::writer to(payload);
    encode(to, wire::segment{number, size});
    std::vector<std::byte> all(wire::header_size);
    wire::put_header(
        all.data(),
        {.length = static_cast<std::uint32_t>(payload.size()),
         .type = static_cast<std::uint16_t>(frame_type::segment),
         .descriptors = 1}
    );
    all.insert(all.end(), payload.begin(), payload.end());
    iovec part{all.data(), all.size()};
    alignas(cmsghdr) char space[CMSG_SPACE(sizeof(int))] = {};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = space;
    message.msg_controllen = sizeof(space);
    cmsghdr* head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(head), &fd, sizeof(int));
    if (sendmsg(fd_.get(), &message, MSG_NOSIGNAL) < 0) throw std::runtime_error("sendmsg");
}

void peer::wait_until_read() {
    // What is unread counts against the sender of a local socket.
    for (int i = 0; i < patience_ms * 10; ++i) {
        int unread = 0;
        if (ioctl(fd_.get(), TIOCOUTQ, &unread) == 0 && unread == 0) return;
        std::this_thread::sleep_for(std::chrono::microseconds(100));
    }
    throw std::runtime_error("the host does not read");
}

void started::record_flight(int signal, std::uint32_t lane, std::uint32_t channel) {
    const registry::unique_fd page(memfd_create("flights", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    std::vector<base::flight_slot> slots(base::flight_slot_count);
    slots[0].thread = static_cast<std::uint32_t>(signal);
    slots[0].tag = signal != 0 ? base::flight_tag(lane, channel) : 0;
    slots[1].tag = base::flight_tag(lane, channel);
    if (write(page.get(), slots.data(), base::flight_bytes) !=
        static_cast<ssize_t>(base::flight_bytes)) {
        throw std::runtime_error("memfd");
    }
    fcntl(page.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW);
    control.segment(base::flight_segment, base::flight_bytes, page.get());
}

void started::die_after_control(supervisor::death how) {
    control.wait_until_read();
    die(std::move(how));
}

void started::die(supervisor::death how) {
    report(shared, std::move(how));
}

void peer::exactly(std::byte* to, std::size_t size) {
    while (size > 0) {
        pollfd ready{fd_.get(), POLLIN, 0};
        if (poll(&ready, 1, patience_ms) <= 0) throw std::runtime_error("nothing came");
        const ssize_t got = recv(fd_.get(), to, size, 0);
        if (got <= 0) throw std::runtime_error("the host hung up");
        to += got;
        size -= static_cast<std::size_t>(got);
    }
}

frame peer::read() {
    std::array<std::byte, wire::header_size> head{};
    exactly(head.data(), head.size());
    auto header = wire::get_header(head);
    if (!header) throw std::runtime_error(header.error().message);
    frame out{*header, std::vector<std::byte>(header->length)};
    exactly(out.payload.data(), out.payload.size());
    return out;
}

frame peer::expect(frame_type type) {
    for (;;) {
        frame got = read();
        if (got.type() == frame_type::ping && type != frame_type::ping) {
            if (!deaf) raw(frame_type::pong, 0, 0, got.payload);
            continue;
        }
        if (got.type() == type) return got;
        throw std::runtime_error(
            "a frame of type " + std::to_string(got.header.type) + " came, not " +
            std::to_string(static_cast<int>(type))
        );
    }
}

bool peer::silent_for(int milliseconds) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
    for (;;) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            until - std::chrono::steady_clock::now()
        );
        pollfd ready{fd_.get(), POLLIN, 0};
        if (poll(&ready, 1, std::max<int>(static_cast<int>(left.count()), 0)) == 0) return true;
        const frame got = read();
        if (got.type() != frame_type::ping) return false;
        if (!deaf) raw(frame_type::pong, 0, 0, got.payload);
    }
}

void peer::let_go() {
    const auto all = std::move(*std::exchange(held_, std::nullopt));
    bytes(all.data(), all.size());
}

void peer::bytes(const void* data, std::size_t size) {
    if (held_) {
        const auto* from = static_cast<const std::byte*>(data);
        held_->insert(held_->end(), from, from + size);
        return;
    }
    // The host may have hung up by now: that is what the test then looks at.
    (void)send(fd_.get(), data, size, MSG_NOSIGNAL);
}

void peer::raw(
    frame_type type,
    std::uint32_t channel,
    std::uint32_t verb,
    const std::vector<std::byte>& payload
) {
    std::vector<std::byte> all(wire::header_size);
    wire::put_header(
        all.data(),
        {.length = static_cast<std::uint32_t>(payload.size()),
         .type = static_cast<std::uint16_t>(type),
         .descriptors = 0,
         .channel = channel,
         .verb = verb}
    );
    all.insert(all.end(), payload.begin(), payload.end());
    bytes(all.data(), all.size());
}

supervisor::launcher nursery::launcher() {
    return [shared = shared_](
               boost::asio::io_context& home, std::size_t lanes
           ) -> result<supervisor::launched> {
        auto made = std::make_unique<started>();
        supervisor::launched out;
        {
            const std::lock_guard lock(shared->mutex);
            if (shared->failure) return *shared->failure;
        }
        int theirs = -1;
        make_pair(out.control, theirs);
        made->control = peer(theirs);
        for (std::size_t i = 0; i < lanes; ++i) {
            out.lanes.emplace_back();
            make_pair(out.lanes.back(), theirs);
            made->lanes.emplace_back(theirs);
        }
        int pair[2];
        if (pipe2(pair, O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
        out.output = registry::unique_fd(pair[0]);
        close(pair[1]);
        out.child = std::make_unique<process>(home, made->shared);
        const std::lock_guard lock(shared->mutex);
        ++shared->launched;
        shared->made.push_back(std::move(made));
        shared->there.notify_all();
        return out;
    };
}

void nursery::fail(error why) {
    const std::lock_guard lock(shared_->mutex);
    shared_->failure = std::move(why);
}

std::unique_ptr<started> nursery::next() {
    std::unique_lock lock(shared_->mutex);
    const auto some = [&] { return !shared_->made.empty(); };
    if (!shared_->there.wait_for(lock, std::chrono::milliseconds(patience_ms), some)) {
        throw std::runtime_error("no worker was started");
    }
    auto out = std::move(shared_->made.front());
    shared_->made.pop_front();
    return out;
}

std::unique_ptr<started> nursery::next_ready(const std::string& version) {
    auto out = next();
    (void)out->control.expect(frame_type::hello);
    out->control.say(frame_type::ready, 0, 0, wire::ready{.plugin_version = version});
    return out;
}

wire::head number_head() {
    const std::vector<arrow::field> fields{{.name = "n", .type = arrow::type_id::int64}};
    auto schema = arrow::export_schema(fields);
    wire::head out;
    wire::writer to(out.schema);
    wire::put_schema(to, *schema);
    return out;
}

std::vector<std::byte> number_batch(const std::vector<std::int64_t>& values) {
    const std::vector<arrow::field> fields{{.name = "n", .type = arrow::type_id::int64}};
    auto schema = arrow::export_schema(fields);
    auto type = arrow::import_field(*schema);
    const void* column_buffers[2] = {nullptr, values.data()};
    const void* row_buffers[1] = {nullptr};
    const auto length = static_cast<std::int64_t>(values.size());
    ArrowArray column{};
    column.length = length;
    column.n_buffers = 2;
    column.buffers = column_buffers;
    column.release = [](ArrowArray* self) { self->release = nullptr; };
    ArrowArray* children[1] = {&column};
    ArrowArray rows{};
    rows.length = length;
    rows.n_buffers = 1;
    rows.buffers = row_buffers;
    rows.n_children = 1;
    rows.children = children;
    rows.release = [](ArrowArray* self) { self->release = nullptr; };
    std::vector<std::byte> out;
    wire::writer to(out);
    auto put = wire::put_batch(to, 0, *type, rows, {});
    if (!put) throw std::runtime_error(put.error().message);
    return out;
}

}  // namespace fake
