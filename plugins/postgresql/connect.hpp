// Making a connection: libpq does the start-up (TLS, every way to log in), on the loop.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include <qry/loop.hpp>
#include <qry/result.hpp>
#include <qry/task.hpp>

#include "link.hpp"
#include "options.hpp"

struct pg_conn;

namespace qry::postgresql {

struct finish_connection {
    void operator()(pg_conn* c) const noexcept;
};
using unique_connection = std::unique_ptr<pg_conn, finish_connection>;

// Told when libpq enters another phase (a ConnStatusType); for the steps of test().
using phase_observer = void (*)(void* data, int phase, bool encrypted);

class connector {
public:
    connector(loop_ref loop, const connect_options& options) noexcept
        : options_(options), place_(loop) {}

    // Tries the hosts in order, as libpq does: a server that refuses the login ends the search.
    [[nodiscard]] task<result<link>> open(std::int64_t deadline_ns);
    // One of them.
    [[nodiscard]] task<result<link>> open_one(
        const endpoint& where, std::string_view target, std::int64_t deadline_ns
    );
    [[nodiscard]] task<result<std::vector<endpoint>>> find_hosts(std::int64_t deadline_ns);
    // A bare TCP (or local) connection, closed at once; how test() tells tcp from the rest.
    [[nodiscard]] task<result<void>> knock(const endpoint& where, std::int64_t deadline_ns);

    void observe(phase_observer observer, void* data) noexcept {
        observer_ = observer;
        observer_data_ = data;
    }
    // For cancel_connect.
    [[nodiscard]] waiter& place() noexcept { return place_; }

private:
    [[nodiscard]] unique_connection begin(const endpoint& where, std::string_view target) const;
    [[nodiscard]] task<result<void>> poll(
        pg_conn* connection, const endpoint& where, std::int64_t until, std::int64_t deadline_ns
    );
    [[nodiscard]] result<link> take_over(
        unique_connection connection, const endpoint& where, const class key_trace& trace
    ) const;

    const connect_options& options_;
    waiter place_;
    phase_observer observer_ = nullptr;
    void* observer_data_ = nullptr;
};

}  // namespace qry::postgresql
