#include "daemon/notify.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>

#include <qry/registry/unique_fd.hpp>

namespace qry::daemon {

void notify_manager(std::string_view state) noexcept {
    const char* named = std::getenv("NOTIFY_SOCKET");
    if (named == nullptr) return;
    const std::string_view path(named);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const bool absolute = path.starts_with('/') || path.starts_with('@');
    if (!absolute || path.size() >= sizeof(address.sun_path)) return;
    std::memcpy(address.sun_path, path.data(), path.size());
    // A name in the abstract namespace begins with a zero byte.
    if (path.starts_with('@')) address.sun_path[0] = '\0';
    const registry::unique_fd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
    const auto* to = reinterpret_cast<const sockaddr*>(&address);
    static_cast<void>(::sendto(socket.get(), state.data(), state.size(), MSG_NOSIGNAL, to, size));
}

}  // namespace qry::daemon
