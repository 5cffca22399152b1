// From what the server (or libpq) says to a qry error: kind, SQLSTATE, hint, whether to try again.
#pragma once

#include <string>
#include <string_view>

#include <qry/error.hpp>

#include "messages.hpp"

namespace qry::postgresql {

// cancelled: this driver had asked the server to stop the statement.
[[nodiscard]] error make_error(const server_message& m, bool cancelled);

// The connection broke, or never worked: retryable, because a new one may.
[[nodiscard]] error connection_lost(std::string_view what);
// The server said something that the protocol does not allow here.
[[nodiscard]] error protocol_broken(std::string_view what);

// What libpq said about a connection that could not be made, in one line and with the kind that
// its SQLSTATE or words suggest. `secrets_free` text only: no connection string ever went in.
[[nodiscard]] error connect_error(std::string_view text, std::string_view sslmode);

// What to try for this SQLSTATE; empty when the server's own words must do.
[[nodiscard]] std::string_view hint_for(std::string_view sqlstate) noexcept;

}  // namespace qry::postgresql
