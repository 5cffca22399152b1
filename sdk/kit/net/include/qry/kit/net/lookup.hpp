// Names to addresses, off the loop.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <qry/loop.hpp>
#include <qry/result.hpp>
#include <qry/task.hpp>

namespace qry::net {

// The numeric addresses of a host, in the order in which they should be tried (getaddrinfo's); at
// least one. A numeric host is its own address. getaddrinfo blocks, so it runs on a thread of its
// own, which is left alone when `place` is interrupted (query_cancelled) or the deadline comes
// (connection_failed). `place` must watch nothing.
[[nodiscard]] task<result<std::vector<std::string>>> look_up(
    waiter& place, std::string host, std::int64_t deadline_ns
);

[[nodiscard]] bool is_numeric_address(const std::string& host) noexcept;

}  // namespace qry::net
