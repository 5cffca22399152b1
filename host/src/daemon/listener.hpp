// The socket that the daemon listens on: bound by itself, or handed over by systemd.
#pragma once

#include <cstdint>
#include <string>

#include <qry/registry/unique_fd.hpp>
#include <qry/result.hpp>

namespace qry::daemon {

// Removes the socket's file at its end, if it made it and it is still there.
class listener {
public:
    // Mode 0600 from the start. The file of a daemon that is gone is replaced; one that lives is an
    // error which names it, and anything that is not a socket is left alone.
    [[nodiscard]] static result<listener> bind(const std::string& path);
    // LISTEN_PID and LISTEN_FDS as sd_listen_fds(3) tells; a listener without a socket when they
    // are not for this process. They are taken out of the environment.
    [[nodiscard]] static result<listener> inherited();

    listener(listener&& other) noexcept = default;
    listener& operator=(listener&& other) = delete;
    ~listener() { remove(); }

    [[nodiscard]] bool is_open() const noexcept { return socket_.get() >= 0; }
    [[nodiscard]] int get() const noexcept { return socket_.get(); }
    // Empty for one that has no name.
    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    void remove() noexcept;

private:
    listener() = default;

    registry::unique_fd socket_;
    std::string path_;
    // Of the file that bind() made; 0 = none.
    std::uint64_t device_ = 0;
    std::uint64_t inode_ = 0;
};

}  // namespace qry::daemon
