// The one PostgreSQL of this program.
#pragma once

#include <csignal>
#include <fstream>
#include <utility>

#include "postgres_server.hpp"

namespace qry::test {

inline postgres_server& server() {
    static const std::unique_ptr<postgres_server> started =
        postgres_server::start("max_connections = 200");
    return *started;
}

inline pid_t postmaster() {
    pid_t pid = 0;
    std::ifstream(server().folder() / "data/postmaster.pid") >> pid;
    return pid;
}

// Stopped as by a debugger; goes on when this goes.
class frozen {
public:
    explicit frozen(pid_t pid) : pid_(pid) { ::kill(pid_, SIGSTOP); }
    frozen(frozen&& other) noexcept : pid_(std::exchange(other.pid_, 0)) {}
    frozen& operator=(frozen&&) = delete;
    ~frozen() {
        if (pid_ != 0) ::kill(pid_, SIGCONT);
    }

private:
    pid_t pid_;
};

}  // namespace qry::test
