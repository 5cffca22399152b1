// Where to connect: the host list of the parameters, with its names looked up off the loop.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <qry/loop.hpp>
#include <qry/result.hpp>
#include <qry/task.hpp>

namespace qry::postgresql {

struct endpoint {
    // As the user wrote it: a name, an address, a folder of sockets, or empty for libpq's default.
    std::string host;
    // Numeric; empty for a socket folder.
    std::string address;
    std::string port;
    [[nodiscard]] bool local() const noexcept {
        return address.empty() && (host.empty() || host[0] == '/' || host[0] == '@');
    }
    // "db.example.com:5432 (10.0.0.7)", without the address when it is the host.
    [[nodiscard]] std::string name() const;
};

// Splits the comma-separated lists; addresses are filled in where no look-up is needed. The lists
// must be equally long, ports may also be one for all.
[[nodiscard]] result<std::vector<endpoint>> read_endpoints(
    std::string_view hosts, std::string_view addresses, std::string_view ports
);

// Looks up the names that are left (net::look_up: off the loop, left alone when `place` is
// interrupted or `deadline_ns` comes): a host with several addresses becomes several endpoints. A
// host that has no address is dropped, unless it is the last.
[[nodiscard]] task<result<std::vector<endpoint>>> resolve(
    waiter& place, std::vector<endpoint> hosts, std::int64_t deadline_ns
);

// The error for a connect that was interrupted or came too late.
[[nodiscard]] error stopped(wake why, std::string_view doing);

}  // namespace qry::postgresql
