#include "daemon/peer.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <fstream>

namespace qry::daemon {

std::optional<peer> peer_of(int socket) noexcept {
    ucred found{};
    socklen_t size = sizeof(found);
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &found, &size) != 0) return {};
    return peer{found.pid, found.uid};
}

std::string name_of_peer(int socket) {
    const auto who = peer_of(socket);
    if (!who || who->pid == 0) return "a process";
    const std::string pid = std::to_string(who->pid);
    std::string name;
    std::getline(std::ifstream("/proc/" + pid + "/comm"), name);
    return (name.empty() ? "a process" : name) + " (pid " + pid + ")";
}

result<peer> admit(int socket) {
    const auto who = peer_of(socket);
    const uid_t own = ::geteuid();
    if (who && (who->uid == own || who->uid == 0)) return *who;
    const std::string user = who ? "uid " + std::to_string(who->uid) : "a user it cannot see";
    return error{
        .kind = status::permission_denied,
        .message = "the daemon runs as uid " + std::to_string(own) +
                   " and serves that user and root; this program runs as " + user,
        .hint = "run both as one user, or start a daemon of this user's own: qry-host serve",
        .from = origin::host};
}

}  // namespace qry::daemon
