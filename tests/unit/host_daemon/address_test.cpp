// Where the daemon is looked for.
#include <cstdlib>

#include <catch2/catch.hpp>

#include "daemon/address.hpp"

namespace qry::daemon {
namespace {

std::string path_of(std::string_view address) {
    auto path = socket_path(address);
    REQUIRE(path);
    return *path;
}

TEST_CASE("an address is a path, with or without its scheme") {
    CHECK(path_of("unix:/run/x.sock") == "/run/x.sock");
    CHECK(path_of("unix:x.sock") == "x.sock");
    CHECK(path_of("./x.sock") == "./x.sock");
}

TEST_CASE("other kinds of address are refused by name") {
    for (const char* wrong : {"tcp://db:1", "localhost", "unix:", "http://x/y"}) {
        auto path = socket_path(wrong);
        REQUIRE_FALSE(path);
        CHECK(path.error().kind == status::invalid_parameter);
        CHECK(path.error().parameter == "address");
        CHECK_FALSE(path.error().hint.empty());
    }
}

TEST_CASE("a path must fit the address of a socket, with the zero at its end") {
    const std::string longest = "/" + std::string(106, 'x');
    CHECK(path_of(longest) == longest);
    CHECK(socket_address(longest).sun_path == longest);
    auto longer = socket_path(longest + "x");
    REQUIRE_FALSE(longer);
    CHECK(longer.error().message.find("108 bytes, at most 107") != std::string::npos);
}

TEST_CASE("without an address the environment says where, most particular first") {
    ::setenv("QRY_SOCKET", "unix:/a/b.sock", 1);
    ::setenv("XDG_RUNTIME_DIR", "/run/user/7", 1);
    CHECK(path_of("") == "/a/b.sock");
    ::unsetenv("QRY_SOCKET");
    CHECK(path_of("") == "/run/user/7/qry-host.sock");
    ::unsetenv("XDG_RUNTIME_DIR");
    CHECK(path_of("") == "/run/qry-host.sock");
}

}  // namespace
}  // namespace qry::daemon
