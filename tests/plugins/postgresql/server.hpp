// A throw-away PostgreSQL for tests: its own folder, a free port, TLS with a CA of its own; gone
// when the program ends.
#pragma once

#include <map>
#include <string>

#include <sys/types.h>

namespace qry::test {

// Users: postgres (no password), scram_user ("correct horse"), cert_user (client certificate).
class throwaway_server {
public:
    // Starts it; throws std::runtime_error with the server's own words when it cannot. bin: the
    // folder with initdb and pg_ctl; empty = Debian's newest.
    explicit throwaway_server(const std::string& bin = {});
    throwaway_server(const throwaway_server&) = delete;
    throwaway_server& operator=(const throwaway_server&) = delete;
    ~throwaway_server();

    // One for the whole program.
    static throwaway_server& shared();

    [[nodiscard]] int port() const noexcept { return port_; }
    // Of the Unix socket.
    [[nodiscard]] const std::string& folder() const noexcept { return folder_; }
    [[nodiscard]] std::string file(const std::string& name) const { return folder_ + "/" + name; }
    [[nodiscard]] pid_t postmaster() const;
    // What a driver connects with: over TCP, as postgres.
    [[nodiscard]] std::map<std::string, std::string> params() const;
    // Runs SQL by psql, apart from any session under test; returns what it prints.
    std::string sql(const std::string& text) const;
    // Rereads the configuration after ALTER SYSTEM, and waits until it is in force.
    void alter_system(const std::string& name, const std::string& value) const;

private:
    void make_certificates() const;
    void configure() const;

    std::string bin_;
    std::string folder_;
    int port_ = 0;
};

}  // namespace qry::test
