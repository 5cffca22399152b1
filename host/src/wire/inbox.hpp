// Bytes that came in, cut into frames.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <span>
#include <string>

#include <qry/registry/unique_fd.hpp>
#include <qry/result.hpp>

#include "wire/frame.hpp"

namespace qry::wire {

struct incoming;

// Not thread-safe.
class inbox {
public:
    explicit inbox(const vocabulary& words) noexcept : words_(words) {}
    inbox(const inbox&) = delete;
    inbox& operator=(const inbox&) = delete;
    ~inbox();

    // more: bytes came, there may be others. drained: bytes came, and there are no others.
    enum class got { more, drained, nothing, hung_up, failed };
    // One call of recvmsg; errno says why it failed.
    [[nodiscard]] got read(int socket);
    // False when no whole frame is there. `frame` borrows from this until the next call.
    [[nodiscard]] result<bool> next(incoming& frame);
    // Over with the frame that next() gave.
    void finish() noexcept;
    // What the other side left unfinished when it hung up; empty = nothing.
    [[nodiscard]] std::string unfinished() const;

private:
    void make_room();
    void move_to(std::byte* target) noexcept;
    [[nodiscard]] result<bool> nothing_yet();
    [[nodiscard]] std::span<const std::byte> waiting() const noexcept;

    const vocabulary& words_;
    // Allocated by the first read. [begin_, end_) is what came and was not given yet.
    std::unique_ptr<std::byte[]> data_;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    // The frame given last; wiped when it carried secrets.
    std::span<std::byte> given_;
    bool given_secret_ = false;
    // At most one belongs to bytes not given yet.
    std::deque<registry::unique_fd> descriptors_;
};

}  // namespace qry::wire
