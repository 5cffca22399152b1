// Errors of the server and of what lies before it, in the product's terms.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <qry/kit/http/client.hpp>
#include <qry/result.hpp>

namespace qry::starburst {

// The `error` member of a reply.
struct server_error {
    std::string message;
    // "SYNTAX_ERROR"
    std::string name;
    // "USER_ERROR", "INTERNAL_ERROR", "EXTERNAL", "INSUFFICIENT_RESOURCES"
    std::string type;
    std::int64_t code = 0;
    // From 1; 0 = not given.
    std::int64_t line = 0;
    std::int64_t column = 0;
};

[[nodiscard]] error make_error(const server_error& from, std::string_view sql);

// A reply whose status is not 200: 401, 403, a proxy's 502 …
[[nodiscard]] error status_error(const http::response& from);

[[nodiscard]] error protocol_broken(std::string_view what);

// The server sends its client on to `url`, which is not at `origin`.
[[nodiscard]] error next_elsewhere(std::string_view url, std::string_view origin);

// The character (from 1) of `sql` at a line and column, both from 1; 0 when it is outside.
[[nodiscard]] std::int64_t position_in(
    std::string_view sql, std::int64_t line, std::int64_t column
) noexcept;

}  // namespace qry::starburst
