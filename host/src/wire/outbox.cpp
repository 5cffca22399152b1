#include "wire/outbox.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <qry/secret.hpp>

namespace qry::wire {

namespace {

// A buffer that grew beyond is not kept.
constexpr std::size_t kept_size = 64U << 10;
constexpr std::size_t most_parts = 16;

}  // namespace

void outbox::drop_unfinished() noexcept {
    wipe(open_.data() + complete_, open_.size() - complete_);
    open_.resize(complete_);
}

std::size_t outbox::begin() {
    if (open_.size() != complete_) drop_unfinished();
    open_.resize(complete_ + header_size);
    return complete_;
}

bool outbox::end(std::size_t mark, frame_header header) {
    const std::size_t payload = open_.size() - mark - header_size;
    if (payload > max_payload) {
        drop_unfinished();
        return false;
    }
    header.length = static_cast<std::uint32_t>(payload);
    put_header(open_.data() + mark, header);
    complete_ = open_.size();
    if (words_.secret(header.type)) seal(true);
    return true;
}

bool outbox::end(std::size_t mark, frame_header header, registry::unique_fd with) {
    std::vector<std::byte> frame(open_.begin() + static_cast<std::ptrdiff_t>(mark), open_.end());
    drop_unfinished();
    seal(false);
    header.descriptors = 1;
    open_ = std::move(frame);
    if (!end(0, header)) return false;
    seal(false);
    sealed_.back().descriptor = std::move(with);
    return true;
}

void outbox::seal(bool secret) {
    if (complete_ == 0) return;
    sealed_.emplace_back();
    sealed_.back().secret = secret;
    sealed_.back().bytes.swap(open_);
    sealed_size_ += std::exchange(complete_, 0);
}

std::size_t outbox::gather(iovec* parts, std::size_t most) const noexcept {
    std::size_t count = 0;
    for (const auto& next : sealed_) {
        // A descriptor goes with the first byte of a call.
        if (count == most || (count != 0 && next.descriptor.get() >= 0)) break;
        auto* from = const_cast<std::byte*>(next.bytes.data()) + next.sent;
        parts[count++] = {from, next.bytes.size() - next.sent};
    }
    return count;
}

void outbox::sent(std::size_t size) noexcept {
    sealed_size_ -= size;
    // It is the other side's now.
    if (size != 0) sealed_.front().descriptor = registry::unique_fd();
    while (size != 0) {
        chunk& first = sealed_.front();
        const std::size_t part = std::min(size, first.bytes.size() - first.sent);
        size -= part;
        first.sent += part;
        if (first.sent != first.bytes.size()) return;
        if (first.secret) wipe(first.bytes.data(), first.bytes.size());
        if (open_.capacity() == 0 && first.bytes.capacity() <= kept_size) {
            open_.swap(first.bytes);
            open_.clear();
        }
        sealed_.pop_front();
    }
}

outbox::wrote outbox::write(int socket) {
    seal(false);
    while (!sealed_.empty()) {
        std::array<iovec, most_parts> parts{};
        msghdr message{};
        message.msg_iov = parts.data();
        message.msg_iovlen = gather(parts.data(), parts.size());
        alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
        if (const int fd = sealed_.front().descriptor.get(); fd >= 0) {
            message.msg_control = control.data();
            message.msg_controllen = control.size();
            cmsghdr* rights = CMSG_FIRSTHDR(&message);
            rights->cmsg_level = SOL_SOCKET;
            rights->cmsg_type = SCM_RIGHTS;
            rights->cmsg_len = CMSG_LEN(sizeof(int));
            std::memcpy(CMSG_DATA(rights), &fd, sizeof(fd));
        }
        const ssize_t size = ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (size >= 0) {
            sent(static_cast<std::size_t>(size));
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            return wrote::blocked;
        } else if (errno != EINTR) {
            return wrote::broken;
        }
    }
    return wrote::all;
}

void outbox::clear() noexcept {
    for (auto& each : sealed_) {
        if (each.secret) wipe(each.bytes.data(), each.bytes.size());
    }
    sealed_.clear();
    sealed_size_ = 0;
    // Nothing but a frame that was not ended can be secret here.
    complete_ = 0;
    drop_unfinished();
}

}  // namespace qry::wire
