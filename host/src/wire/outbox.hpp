// Frames on their way out: gathered in one buffer, written in one call, what the socket does not
// take waits.
#pragma once

#include <cstddef>
#include <deque>
#include <vector>

#include <qry/registry/unique_fd.hpp>

#include "wire/frame.hpp"

struct iovec;

namespace qry::wire {

// Not thread-safe.
class outbox {
public:
    explicit outbox(const vocabulary& words) noexcept : words_(words) {}
    outbox(const outbox&) = delete;
    outbox& operator=(const outbox&) = delete;
    ~outbox() { clear(); }

    // Room for a header at the end of buffer(); the payload is appended there. A frame that was
    // begun and not ended is dropped.
    [[nodiscard]] std::size_t begin();
    [[nodiscard]] std::vector<std::byte>& buffer() noexcept { return open_; }
    // False: the payload is larger than a frame may be, and is dropped.
    [[nodiscard]] bool end(std::size_t mark, frame_header header);
    // The frame goes with this descriptor.
    [[nodiscard]] bool end(std::size_t mark, frame_header header, registry::unique_fd with);

    enum class wrote { all, blocked, broken };
    // Writes until all is gone or the socket takes no more; errno says why it is broken.
    [[nodiscard]] wrote write(int socket);
    [[nodiscard]] std::size_t queued() const noexcept { return sealed_size_ + complete_; }
    void clear() noexcept;

private:
    // Bytes that grow no more: nothing moves them, so that a secret leaves no copy behind.
    struct chunk {
        std::vector<std::byte> bytes;
        std::size_t sent = 0;
        bool secret = false;
        registry::unique_fd descriptor;
    };

    void seal(bool secret);
    void drop_unfinished() noexcept;
    std::size_t gather(iovec* parts, std::size_t most) const noexcept;
    void sent(std::size_t size) noexcept;

    const vocabulary& words_;
    // Whole frames up to complete_, then perhaps one that is being written.
    std::vector<std::byte> open_;
    std::size_t complete_ = 0;
    std::deque<chunk> sealed_;
    std::size_t sealed_size_ = 0;
};

}  // namespace qry::wire
