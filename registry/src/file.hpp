// Opening files that somebody else put there: never waits for a FIFO, never takes a device.
#pragma once

#include <filesystem>
#include <string>
#include <utility>

#include <qry/result.hpp>

namespace qry::registry {

class unique_fd {
public:
    explicit unique_fd(int fd = -1) noexcept : fd_(fd) {}
    unique_fd(unique_fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    unique_fd& operator=(unique_fd&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~unique_fd();
    [[nodiscard]] int get() const noexcept { return fd_; }
    [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }

private:
    int fd_;
};

// A regular file, for reading, closed on exec.
[[nodiscard]] result<unique_fd> open_regular(const std::filesystem::path& file);
// The whole of it; a file longer than `limit` is refused.
[[nodiscard]] result<std::string> read_text(const std::filesystem::path& file, std::size_t limit);
// Lower-case hex SHA-256 of everything behind the descriptor.
[[nodiscard]] result<std::string> sha256(int fd, const std::filesystem::path& file);

}  // namespace qry::registry
