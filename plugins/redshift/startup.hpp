// Making a connection without libpq: TCP, TLS and the login, on the loop.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <qry/loop.hpp>
#include <qry/result.hpp>
#include <qry/task.hpp>

#include "login.hpp"
#include "options.hpp"
#include "postgresql/handshake.hpp"
#include "postgresql/link.hpp"

namespace qry::redshift {

// When each step of the last try ended, CLOCK_MONOTONIC; 0 = it did not.
struct steps {
    std::int64_t begun = 0;
    std::int64_t connected = 0;
    std::int64_t encrypted = 0;
    std::int64_t accepted = 0;
    std::int64_t ready = 0;
};

class startup {
public:
    // Both outlive it.
    startup(loop_ref loop, const connect_options& options) noexcept
        : options_(options), place_(loop) {}

    [[nodiscard]] task<result<std::vector<postgresql::endpoint>>> find_hosts(
        std::int64_t deadline_ns
    );
    // Tries the addresses in order; a server that refuses the login ends the search.
    [[nodiscard]] task<result<postgresql::link>> open(
        std::vector<postgresql::endpoint> hosts, const identity& who, std::int64_t deadline_ns
    );

    [[nodiscard]] const steps& last() const noexcept { return steps_; }
    // For cancel_connect.
    [[nodiscard]] waiter& place() noexcept { return place_; }
    void interrupt() noexcept { place_.interrupt(); }

private:
    class connection;
    [[nodiscard]] task<result<postgresql::link>> open_one(
        const postgresql::endpoint& where, const identity& who, std::int64_t until_ns
    );
    [[nodiscard]] task<result<void>> encrypt(connection& made, std::int64_t until_ns);
    [[nodiscard]] task<result<void>> converse(connection& made, login& at, std::int64_t until_ns);

    const connect_options& options_;
    waiter place_;
    steps steps_;
};

}  // namespace qry::redshift
