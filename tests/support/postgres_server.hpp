// A PostgreSQL server of a test's own: in a temporary folder, on a free port, gone with the object.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <string>

namespace qry::test {

class postgres_server {
public:
    // Where Debian keeps the programs of the newest version installed; empty = none is.
    [[nodiscard]] static std::filesystem::path programs();
    // Starts one and waits until it answers. Throws std::runtime_error with its log when it does
    // not. `settings` are lines for postgresql.conf, `access` lines for the top of pg_hba.conf.
    [[nodiscard]] static std::unique_ptr<postgres_server> start(
        const std::string& settings = {}, const std::string& access = {}
    );

    postgres_server(const postgres_server&) = delete;
    postgres_server& operator=(const postgres_server&) = delete;
    ~postgres_server();

    // "postgresql://postgres@127.0.0.1:PORT/postgres"; the superuser needs no password.
    [[nodiscard]] std::string url() const;
    [[nodiscard]] int port() const noexcept { return port_; }
    [[nodiscard]] const std::filesystem::path& folder() const noexcept { return folder_; }
    // Stops at once, as a crash does, and starts again on the same port and data.
    void restart();
    void stop();

private:
    postgres_server() = default;
    void run(const std::string& command) const;
    void launch();

    std::filesystem::path folder_;
    int port_ = 0;
    pid_t process_ = -1;
};

}  // namespace qry::test
