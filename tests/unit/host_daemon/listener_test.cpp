// The door of the daemon: its file, who made it, and who may remove it.
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>

#include <catch2/catch.hpp>

#include "daemon/address.hpp"
#include "daemon/listener.hpp"
#include "daemon/peer.hpp"

namespace qry::daemon {
namespace {

class folder {
public:
    folder() {
        std::string pattern = std::filesystem::temp_directory_path() / "qry-door-XXXXXX";
        REQUIRE(::mkdtemp(pattern.data()) != nullptr);
        path_ = pattern;
    }
    ~folder() { std::filesystem::remove_all(path_); }
    folder(const folder&) = delete;
    folder& operator=(const folder&) = delete;
    [[nodiscard]] std::string file(const char* name) const { return path_ / name; }

private:
    std::filesystem::path path_;
};

listener open_at(const std::string& path) {
    auto made = listener::bind(path);
    REQUIRE(made);
    return std::move(*made);
}

bool answers(const std::string& path) {
    const registry::unique_fd one(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto address = socket_address(path);
    return ::connect(one.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
}

TEST_CASE("the file is its owner's alone, and goes with the listener") {
    const folder in;
    const auto path = in.file("s");
    {
        const mode_t before = ::umask(0);
        const listener door = open_at(path);
        ::umask(before);
        struct stat found {};
        REQUIRE(::lstat(path.c_str(), &found) == 0);
        CHECK((found.st_mode & 0777) == 0600);
        CHECK(answers(path));
    }
    CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("the socket of a dead daemon is replaced") {
    const folder in;
    const auto path = in.file("s");
    {
        const registry::unique_fd dead(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        const auto address = socket_address(path);
        const auto* at = reinterpret_cast<const sockaddr*>(&address);
        REQUIRE(::bind(dead.get(), at, sizeof(address)) == 0);
    }
    REQUIRE(std::filesystem::exists(path));
    const listener door = open_at(path);
    CHECK(answers(path));
}

TEST_CASE("a living daemon is not replaced, and is named") {
    const folder in;
    const listener door = open_at(in.file("s"));
    auto second = listener::bind(in.file("s"));
    REQUIRE_FALSE(second);
    CHECK(second.error().kind == status::conflict);
    const std::string me = "(pid " + std::to_string(::getpid()) + ") listens there already";
    CHECK(second.error().message.find(me) != std::string::npos);
    CHECK(answers(in.file("s")));
}

TEST_CASE("what is no socket stays where it is") {
    const folder in;
    std::ofstream(in.file("s")) << "precious";
    auto door = listener::bind(in.file("s"));
    REQUIRE_FALSE(door);
    CHECK(std::filesystem::file_size(in.file("s")) == 8);
    CHECK_FALSE(listener::bind(in.file("no/such/folder")));
}

TEST_CASE("a file that another daemon made meanwhile is not removed") {
    const folder in;
    const auto path = in.file("s");
    std::optional<listener> first(open_at(path));
    std::filesystem::remove(path);
    const listener second = open_at(path);
    first.reset();
    CHECK(answers(path));
}

TEST_CASE("nothing is inherited that is for another process") {
    ::setenv("LISTEN_PID", std::to_string(::getpid() + 1).c_str(), 1);
    ::setenv("LISTEN_FDS", "1", 1);
    auto none = listener::inherited();
    REQUIRE(none);
    CHECK_FALSE(none->is_open());
    CHECK(std::getenv("LISTEN_FDS") == nullptr);
}

TEST_CASE("more than one inherited socket is refused") {
    ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
    ::setenv("LISTEN_FDS", "2", 1);
    auto refused = listener::inherited();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message.find("2 sockets") != std::string::npos);
}

TEST_CASE("the peer of a socket is admitted when it is our own user") {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    const registry::unique_fd one(ends[0]);
    const registry::unique_fd other(ends[1]);
    auto who = admit(one.get());
    REQUIRE(who);
    CHECK(who->pid == ::getpid());
    CHECK(who->uid == ::geteuid());
    CHECK_FALSE(admit(-1));
}

}  // namespace
}  // namespace qry::daemon
