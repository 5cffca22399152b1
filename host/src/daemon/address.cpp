#include "daemon/address.hpp"

#include <sys/socket.h>

#include <cstdlib>
#include <cstring>

namespace qry::daemon {

namespace {

constexpr std::string_view scheme = "unix:";

error refused(std::string why) {
    return {
        .kind = status::invalid_parameter,
        .message = std::move(why),
        .hint = "give unix:PATH, for example unix:/run/qry-host.sock",
        .from = origin::host,
        .parameter = "address"};
}

std::string default_address() {
    const auto variable = [](const char* name) {
        const char* value = std::getenv(name);
        return std::string(value != nullptr ? value : "");
    };
    if (auto named = variable("QRY_SOCKET"); !named.empty()) return named;
    if (auto folder = variable("XDG_RUNTIME_DIR"); !folder.empty()) {
        return folder + "/qry-host.sock";
    }
    return "/run/qry-host.sock";
}

}  // namespace

result<std::string> socket_path(std::string_view address) {
    std::string path = address.empty() ? default_address() : std::string(address);
    if (path.starts_with(scheme)) {
        path.erase(0, scheme.size());
    } else if (path.find('/') == std::string::npos) {
        return refused("'" + path + "' is no address of a daemon; expected unix:PATH");
    } else if (path.find("://") != std::string::npos) {
        return refused("'" + path + "' is no address of a daemon: only Unix sockets are served");
    }
    if (path.empty() || path.find('\0') != std::string::npos) {
        return refused("the address of the daemon has no usable path");
    }
    constexpr std::size_t most = sizeof(sockaddr_un::sun_path) - 1;
    if (path.size() <= most) return path;
    return refused(
        "the path of the socket has " + std::to_string(path.size()) + " bytes, at most " +
        std::to_string(most) + " are possible: '" + path + "'"
    );
}

sockaddr_un socket_address(const std::string& path) noexcept {
    sockaddr_un out{};
    out.sun_family = AF_UNIX;
    std::memcpy(out.sun_path, path.data(), path.size());
    return out;
}

}  // namespace qry::daemon
