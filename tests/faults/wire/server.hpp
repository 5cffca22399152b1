// The one PostgreSQL of this program.
#pragma once

#include <csignal>
#include <fstream>

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
    frozen(const frozen&) = delete;
    frozen& operator=(const frozen&) = delete;
    ~frozen() { ::kill(pid_, SIGCONT); }

private:
    pid_t pid_;
};

}  // namespace qry::test
