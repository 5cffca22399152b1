// Who is at the other end of a Unix socket.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include <qry/result.hpp>

namespace qry::daemon {

struct peer {
    // 0 = in a namespace that cannot be seen from here.
    pid_t pid = 0;
    uid_t uid = 0;
};

// SO_PEERCRED: as it was at connect(), or at listen().
[[nodiscard]] std::optional<peer> peer_of(int socket) noexcept;
// "qry-host (pid 123)".
[[nodiscard]] std::string name_of_peer(int socket);
// Only our own user and root may ask the daemon: it opens the datasources' credentials.
[[nodiscard]] result<peer> admit(int socket);

}  // namespace qry::daemon
