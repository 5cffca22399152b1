// A file descriptor that is closed once.
#pragma once

#include <unistd.h>

#include <utility>

namespace qry::registry {

class unique_fd {
public:
    // -1 = none.
    explicit unique_fd(int fd = -1) noexcept : fd_(fd) {}
    unique_fd(unique_fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    unique_fd& operator=(unique_fd&& other) noexcept {
        // What was held here is closed at once, not when `other` goes.
        unique_fd taken(std::move(other));
        std::swap(fd_, taken.fd_);
        return *this;
    }
    ~unique_fd() {
        if (fd_ >= 0) ::close(fd_);
    }
    explicit operator bool() const noexcept { return fd_ >= 0; }
    [[nodiscard]] int get() const noexcept { return fd_; }
    [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }

private:
    int fd_;
};

}  // namespace qry::registry
