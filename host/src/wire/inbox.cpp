#include "wire/inbox.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include <qry/secret.hpp>

#include "wire/lane.hpp"

namespace qry::wire {

namespace {

constexpr std::size_t usual_size = 64U << 10;
// Less room than this at the end of the buffer: what is left goes to its start.
constexpr std::size_t least_room = 4U << 10;
// One is allowed; others must be seen to be refused, and closed.
constexpr std::size_t most_descriptors = 4;

error broken(std::string why) {
    return {
        .kind = status::plugin_error,
        .message = std::move(why),
        .hint = "host and worker must come from one build",
        .from = origin::host};
}

// False while the header itself is not there, and so no payload.
bool starts_with_secrets(std::span<const std::byte> bytes, const vocabulary& words) {
    if (bytes.size() < header_size) return false;
    const auto header = get_header(bytes.first<header_size>());
    return header && words.secret(header->type);
}

}  // namespace

inbox::~inbox() {
    finish();
    // May be the start of a connect.
    wipe(data_.get() + begin_, end_ - begin_);
}

std::span<const std::byte> inbox::waiting() const noexcept {
    return {data_.get() + begin_, end_ - begin_};
}

void inbox::move_to(std::byte* target) noexcept {
    const std::size_t size = end_ - begin_;
    // What stayed behind of a connect would never be wiped.
    const bool secret = starts_with_secrets(waiting(), words_);
    std::memmove(target, data_.get() + begin_, size);
    if (secret) {
        const std::size_t from = target == data_.get() ? std::max(begin_, size) : begin_;
        wipe(data_.get() + from, end_ - from);
    }
    begin_ = 0;
    end_ = size;
}

// Grows by what came: announcing a large frame costs the other side its bytes, not us the memory.
void inbox::make_room() {
    if (capacity_ == 0) {
        data_ = std::make_unique_for_overwrite<std::byte[]>(usual_size);
        capacity_ = usual_size;
    } else if (capacity_ - end_ < least_room && begin_ >= capacity_ / 2) {
        move_to(data_.get());
    } else if (capacity_ - end_ < least_room) {
        const std::size_t larger = capacity_ * 2;
        auto fresh = std::make_unique_for_overwrite<std::byte[]>(larger);
        move_to(fresh.get());
        data_ = std::move(fresh);
        capacity_ = larger;
    }
}

inbox::got inbox::read(int socket) {
    finish();
    make_room();
    iovec part{data_.get() + end_, capacity_ - end_};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * most_descriptors)> control{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    ssize_t size = -1;
    do {
        size = ::recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    } while (size < 0 && errno == EINTR);
    if (size < 0) return errno == EAGAIN || errno == EWOULDBLOCK ? got::nothing : got::failed;

    bool rights = false;
    for (cmsghdr* at = CMSG_FIRSTHDR(&message); at != nullptr; at = CMSG_NXTHDR(&message, at)) {
        if (at->cmsg_level != SOL_SOCKET || at->cmsg_type != SCM_RIGHTS) continue;
        rights = true;
        const std::size_t count = (at->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i != count; ++i) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(at) + i * sizeof(int), sizeof(fd));
            descriptors_.emplace_back(fd);
        }
    }
    if (size == 0) return got::hung_up;
    end_ += static_cast<std::size_t>(size);
    // Less than asked for means that the socket is empty; but a call also ends after the bytes that
    // a descriptor came with.
    return rights || static_cast<std::size_t>(size) == part.iov_len ? got::more : got::drained;
}

void inbox::finish() noexcept {
    if (given_secret_) wipe(given_.data(), given_.size());
    given_ = {};
    given_secret_ = false;
}

result<bool> inbox::nothing_yet() {
    const auto bytes = waiting();
    if (bytes.empty()) {
        begin_ = end_ = 0;
        // The memory of a large frame.
        if (capacity_ > usual_size) {
            data_.reset();
            capacity_ = 0;
        }
    }
    if (descriptors_.empty()) return false;
    // Not known yet whether the next frame declares it.
    if (descriptors_.size() == 1 && !bytes.empty() && bytes.size() < header_size) return false;
    if (descriptors_.size() == 1 && bytes.size() >= header_size) {
        const auto header = get_header(bytes.first<header_size>());
        if (header && header->descriptors == 1) return false;
    }
    return broken("a descriptor came that no frame declares");
}

result<bool> inbox::next(incoming& frame) {
    finish();
    const auto bytes = waiting();
    if (bytes.size() < header_size) return nothing_yet();
    auto header = get_header(bytes.first<header_size>());
    if (!header) return std::move(header).error();
    const auto name = words_.name(header->type);
    if (name.empty()) return broken("frame type " + std::to_string(header->type) + " is not known");
    if (bytes.size() - header_size < header->length) return nothing_yet();
    frame.descriptor = registry::unique_fd();
    if (header->descriptors == 1) {
        if (descriptors_.empty()) {
            return broken(
                "frame " + std::string(name) + ": the descriptor it declares did not come"
            );
        }
        frame.descriptor = std::move(descriptors_.front());
        descriptors_.pop_front();
    }
    given_ = {data_.get() + begin_ + header_size, header->length};
    given_secret_ = words_.secret(header->type);
    frame.header = *header;
    frame.payload = given_;
    begin_ += header_size + header->length;
    return true;
}

std::string inbox::unfinished() const {
    const auto bytes = waiting();
    if (bytes.empty()) return {};
    if (bytes.size() < header_size) return std::to_string(bytes.size()) + " bytes of a header";
    const auto header = get_header(bytes.first<header_size>());
    if (!header) return "a header that is wrong";
    return std::to_string(bytes.size() - header_size) + " of " + std::to_string(header->length) +
           " bytes of frame " + std::string(words_.name(header->type));
}

}  // namespace qry::wire
