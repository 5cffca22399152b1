// Getting through to the daemon, and the errors of not getting through.
#pragma once

#include <string>

#include <qry/registry/unique_fd.hpp>
#include <qry/result.hpp>

namespace qry::client {

[[nodiscard]] error unreachable(const std::string& path, const std::string& why);
[[nodiscard]] error went_away(const std::string& path, const std::string& how);

// At once: a Unix socket connects or does not.
[[nodiscard]] result<registry::unique_fd> connected_socket(const std::string& path);

}  // namespace qry::client
