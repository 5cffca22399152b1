#include "client/dial.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "daemon/address.hpp"

namespace qry::client {

namespace {

error not_allowed(const std::string& path) {
    return {
        .kind = status::permission_denied,
        .message = "the socket of the daemon, unix:" + path + ", belongs to another user",
        .hint = "run this program as the daemon's user, or start a daemon of this user's own",
        .from = origin::host};
}

}  // namespace

error unreachable(const std::string& path, const std::string& why) {
    return {
        .kind = status::connection_failed,
        .message = "no daemon can be reached at unix:" + path + ": " + why,
        .hint = "start it: qry-host serve --listen unix:" + path,
        .from = origin::host,
        .retryable = true};
}

error went_away(const std::string& path, const std::string& how) {
    return {
        .kind = status::connection_failed,
        .message = "the daemon at unix:" + path + " went away: " + how,
        .hint = "try again once it is back; to start it: qry-host serve --listen unix:" + path,
        .from = origin::host,
        .retryable = true};
}

result<registry::unique_fd> connected_socket(const std::string& path) {
    registry::unique_fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const sockaddr_un address = daemon::socket_address(path);
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    if (fd.get() >= 0 && ::connect(fd.get(), generic, sizeof(address)) == 0) return fd;
    if (errno == EACCES || errno == EPERM) return not_allowed(path);
    if (errno == EAGAIN) return unreachable(path, "it takes in no more clients at the moment");
    return unreachable(path, std::strerror(errno));
}

}  // namespace qry::client
