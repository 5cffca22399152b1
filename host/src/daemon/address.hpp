// Where the daemon listens and its clients look.
#pragma once

#include <string>
#include <string_view>

#include <sys/un.h>

#include <qry/result.hpp>

namespace qry::daemon {

// "unix:PATH" or a path; empty = $QRY_SOCKET, else $XDG_RUNTIME_DIR/qry-host.sock, else
// /run/qry-host.sock. Gives the path; refuses other kinds of address and paths that a socket
// cannot have.
[[nodiscard]] result<std::string> socket_path(std::string_view address);

// path: as socket_path() gave it.
[[nodiscard]] sockaddr_un socket_address(const std::string& path) noexcept;

}  // namespace qry::daemon
