#include "daemon/listener.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <utility>

#include "daemon/address.hpp"
#include "daemon/peer.hpp"

namespace qry::daemon {

namespace {

constexpr int waiting_clients = 1024;
// sd_listen_fds(3): the first descriptor that is handed over.
constexpr int first_inherited = 3;

error cannot(const std::string& path, const std::string& why, std::string hint = {}) {
    return {
        .kind = status::connection_failed,
        .message = "cannot listen on unix:" + path + ": " + why,
        .hint = std::move(hint),
        .from = origin::host};
}

registry::unique_fd make_socket() {
    return registry::unique_fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

// Held while the file is looked at and made: two daemons that start at one time must not both take
// it for a dead one's. The folder is locked, so that no lock file stays behind.
result<registry::unique_fd> lock_folder(const std::string& path) {
    auto folder = std::filesystem::path(path).parent_path();
    if (folder.empty()) folder = ".";
    registry::unique_fd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (fd.get() < 0) {
        return cannot(
            path,
            "folder '" + folder.string() + "': " + std::strerror(errno),
            "make the folder, or name another path with --listen"
        );
    }
    int locked = -1;
    do {
        locked = ::flock(fd.get(), LOCK_EX);
    } while (locked != 0 && errno == EINTR);
    return fd;
}

// Leaves nothing at the path, or says what must stay there.
result<void> clear_the_way(const std::string& path) {
    struct stat found {};
    if (::lstat(path.c_str(), &found) != 0) {
        return errno == ENOENT ? result<void>() : cannot(path, std::strerror(errno));
    }
    if (!S_ISSOCK(found.st_mode)) {
        return cannot(path, "a file that is no socket is in the way", "name another path");
    }
    const registry::unique_fd probe = make_socket();
    const sockaddr_un address = socket_address(path);
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    const int connected = ::connect(probe.get(), generic, sizeof(address));
    // EAGAIN: so many wait in its queue that it must be alive.
    if (connected == 0 || errno == EAGAIN) {
        const std::string who = connected == 0 ? name_of_peer(probe.get()) : "another daemon";
        error lives = cannot(
            path, who + " listens there already", "use that one, or stop it before starting another"
        );
        lives.kind = status::conflict;
        return lives;
    }
    if (errno != ECONNREFUSED) return cannot(path, std::strerror(errno));
    if (::unlink(path.c_str()) == 0 || errno == ENOENT) return {};
    return cannot(path, std::string("the socket of a dead daemon: ") + std::strerror(errno));
}

int number_in(const char* variable) {
    const char* text = std::getenv(variable);
    if (text == nullptr) return -1;
    const std::string_view digits(text);
    int value = -1;
    const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return failed == std::errc() && end == digits.data() + digits.size() ? value : -1;
}

// What is wrong with an inherited descriptor; empty = a listening stream socket of AF_UNIX.
std::string fault_of(int fd) {
    int kind = 0;
    int listening = 0;
    int family = 0;
    socklen_t size = sizeof(int);
    if (::getsockopt(fd, SOL_SOCKET, SO_TYPE, &kind, &size) != 0) return "is no socket";
    size = sizeof(int);
    ::getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &size);
    size = sizeof(int);
    ::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size);
    if (family != AF_UNIX || kind != SOCK_STREAM) return "is no stream socket of AF_UNIX";
    return listening != 0 ? "" : "does not listen";
}

}  // namespace

result<listener> listener::bind(const std::string& path) {
    auto lock = lock_folder(path);
    if (!lock) return std::move(lock).error();
    if (auto clear = clear_the_way(path); !clear) return std::move(clear).error();
    listener made;
    made.socket_ = make_socket();
    const sockaddr_un address = socket_address(path);
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    // The file takes its mode from the socket: never is it open to others, and no umask that all
    // threads share has to change for a moment.
    if (::fchmod(made.socket_.get(), 0600) != 0 ||
        ::bind(made.socket_.get(), generic, sizeof(address)) != 0) {
        return cannot(path, std::strerror(errno));
    }
    made.path_ = path;
    struct stat found {};
    if (::lstat(path.c_str(), &found) != 0) return cannot(path, std::strerror(errno));
    made.device_ = found.st_dev;
    made.inode_ = found.st_ino;
    if ((found.st_mode & 0177) != 0) return cannot(path, "its file is open to other users");
    if (::listen(made.socket_.get(), waiting_clients) != 0) {
        return cannot(path, std::strerror(errno));
    }
    return made;
}

result<listener> listener::inherited() {
    listener made;
    const int pid = number_in("LISTEN_PID");
    const int count = number_in("LISTEN_FDS");
    ::unsetenv("LISTEN_PID");
    ::unsetenv("LISTEN_FDS");
    ::unsetenv("LISTEN_FDNAMES");
    if (pid != ::getpid() || count < 1) return made;
    if (count > 1) {
        return error{
            .kind = status::invalid_parameter,
            .message = "systemd hands over " + std::to_string(count) + " sockets; expected one",
            .hint = "leave one ListenStream= in the socket unit",
            .from = origin::host};
    }
    if (const std::string fault = fault_of(first_inherited); !fault.empty()) {
        return error{
            .kind = status::invalid_parameter,
            .message = "the descriptor that systemd hands over " + fault,
            .hint = "use ListenStream= with a path in the socket unit",
            .from = origin::host};
    }
    made.socket_ = registry::unique_fd(first_inherited);
    ::fcntl(first_inherited, F_SETFD, FD_CLOEXEC);
    ::fcntl(first_inherited, F_SETFL, ::fcntl(first_inherited, F_GETFL) | O_NONBLOCK);
    sockaddr_un address{};
    socklen_t size = sizeof(address);
    ::getsockname(first_inherited, reinterpret_cast<sockaddr*>(&address), &size);
    if (size > offsetof(sockaddr_un, sun_path) && address.sun_path[0] != '\0') {
        made.path_ = address.sun_path;
    }
    return made;
}

void listener::remove() noexcept {
    if (socket_.get() < 0) return;
    // No program is let in that nobody will serve.
    const registry::unique_fd closing(socket_.release());
    struct stat found {};
    const bool ours = inode_ != 0 && ::lstat(path_.c_str(), &found) == 0 &&
                      found.st_dev == device_ && found.st_ino == inode_;
    if (ours) ::unlink(path_.c_str());
}

}  // namespace qry::daemon
