// The proxy against an echo server: bytes arrive unharmed, and each fault does what it says.
#include <catch2/catch.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "fault_proxy.hpp"

using namespace std::chrono_literals;
using qry::test::fault_proxy;
using qry::test::fault_rules;

namespace {

using clock_type = std::chrono::steady_clock;

sockaddr_in loopback(int port) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(static_cast<std::uint16_t>(port));
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return at;
}

// One connection after another: says back what it hears until the client ends.
class echo_server {
public:
    echo_server() : door_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in at = loopback(0);
        socklen_t size = sizeof(at);
        REQUIRE(::bind(door_, reinterpret_cast<sockaddr*>(&at), size) == 0);
        REQUIRE(::listen(door_, 16) == 0);
        REQUIRE(::getsockname(door_, reinterpret_cast<sockaddr*>(&at), &size) == 0);
        port_ = ntohs(at.sin_port);
        thread_ = std::thread([this] { serve(); });
    }
    echo_server(const echo_server&) = delete;
    echo_server& operator=(const echo_server&) = delete;
    ~echo_server() {
        ::shutdown(door_, SHUT_RDWR);
        thread_.join();
        ::close(door_);
    }
    [[nodiscard]] int port() const { return port_; }

private:
    void serve() const {
        for (;;) {
            const int client = ::accept4(door_, nullptr, nullptr, SOCK_CLOEXEC);
            if (client < 0) return;
            std::array<char, 4096> buffer;
            for (;;) {
                const ssize_t got = ::recv(client, buffer.data(), buffer.size(), 0);
                if (got <= 0) break;
                if (::send(client, buffer.data(), static_cast<std::size_t>(got), MSG_NOSIGNAL) <= 0)
                    break;
            }
            ::close(client);
        }
    }

    int door_;
    int port_ = 0;
    std::thread thread_;
};

// What a client got, and how that ended.
struct reply {
    std::string bytes;
    // 0 = an orderly end, or as many as were wanted; ECONNRESET, or EAGAIN for silence.
    int error = 0;
    // How many times something came.
    int pieces = 0;
};

class client {
public:
    explicit client(int port, std::chrono::milliseconds patience = 10s)
        : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        const timeval limit{patience.count() / 1000, (patience.count() % 1000) * 1000};
        ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
        const sockaddr_in at = loopback(port);
        REQUIRE(::connect(fd_, reinterpret_cast<const sockaddr*>(&at), sizeof(at)) == 0);
    }
    client(const client&) = delete;
    client& operator=(const client&) = delete;
    ~client() { ::close(fd_); }

    [[nodiscard]] bool say(const std::string& bytes) const {
        return ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
               static_cast<ssize_t>(bytes.size());
    }
    void end() const { ::shutdown(fd_, SHUT_WR); }

    [[nodiscard]] reply hear(std::size_t want) const {
        reply heard;
        std::array<char, 4096> buffer;
        while (heard.bytes.size() < want) {
            const std::size_t most = std::min(buffer.size(), want - heard.bytes.size());
            const ssize_t got = ::recv(fd_, buffer.data(), most, 0);
            if (got < 0) heard.error = errno;
            if (got <= 0) break;
            heard.bytes.append(buffer.data(), static_cast<std::size_t>(got));
            ++heard.pieces;
        }
        return heard;
    }

private:
    int fd_;
};

std::string some_bytes(std::size_t count) {
    std::string bytes(count, '\0');
    for (std::size_t i = 0; i < count; ++i)
        bytes[i] = static_cast<char>(i * 31 + i / 251);
    return bytes;
}

// What comes back of `bytes` before the connection ends or falls silent.
reply echo(int port, const std::string& bytes, std::chrono::milliseconds patience = 10s) {
    const client c(port, patience);
    // Whichever call meets a reset first takes the error with it.
    if (!c.say(bytes)) return {.error = ECONNRESET};
    c.end();
    return c.hear(bytes.size() + 1);
}

struct rig {
    echo_server server;
    fault_proxy proxy{server.port()};
};

std::size_t open_descriptors() {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& fd : std::filesystem::directory_iterator("/proc/self/fd"))
        ++count;
    return count;
}

}  // namespace

TEST_CASE("without a fault every byte arrives, in order, and the end with it") {
    rig r;
    const std::string bytes = some_bytes(1'000'000);
    reply heard;
    {
        const client c(r.proxy.port());
        std::thread writer([&] {
            (void)c.say(bytes);
            c.end();
        });
        heard = c.hear(bytes.size() + 1);
        writer.join();
    }
    CHECK(heard.error == 0);
    CHECK((heard.bytes == bytes));
    REQUIRE(r.proxy.wait([](const auto& now) { return now.open == 0; }));
    const auto counts = r.proxy.counts();
    CHECK(counts.connections == 1);
    CHECK(counts.to_server == 1'000'000);
    CHECK(counts.to_client == 1'000'000);
    CHECK(counts.resets == 0);
}

TEST_CASE("a reset after byte k lets exactly k bytes through, whichever way they go") {
    rig r;
    const std::string bytes = some_bytes(40);
    for (std::uint64_t k = 0; k < 40; ++k) {
        CAPTURE(k);
        fault_rules rules;
        rules.to_client.reset_after = k;
        r.proxy.set_next(rules);
        const auto before = r.proxy.counts();
        const reply heard = echo(r.proxy.port(), bytes);
        CHECK(heard.error == ECONNRESET);
        CHECK((heard.bytes == bytes.substr(0, k)));
        REQUIRE(r.proxy.wait([](const auto& now) { return now.open == 0; }));
        CHECK(r.proxy.counts().to_client - before.to_client == k);
    }
    for (std::uint64_t k = 0; k < 40; ++k) {
        CAPTURE(k);
        fault_rules rules;
        rules.to_server.reset_after = k;
        r.proxy.set_next(rules);
        const auto before = r.proxy.counts();
        CHECK(echo(r.proxy.port(), bytes).error == ECONNRESET);
        REQUIRE(r.proxy.wait([](const auto& now) { return now.open == 0; }));
        CHECK(r.proxy.counts().to_server - before.to_server == k);
    }
    CHECK(r.proxy.counts().resets == 80);
    CHECK((echo(r.proxy.port(), bytes).bytes == bytes));
}

TEST_CASE("slices arrive one by one and whole") {
    rig r;
    fault_rules rules;
    rules.to_client.slice = 1;
    rules.to_server.slice = 3;
    // Makes pieces of what would otherwise be read together.
    rules.to_client.bytes_per_second = 2000;
    r.proxy.set(rules);
    const std::string bytes = some_bytes(200);
    const reply heard = echo(r.proxy.port(), bytes);
    CHECK((heard.bytes == bytes));
    CHECK(heard.pieces > 50);
}

TEST_CASE("latency is added, never taken off") {
    rig r;
    fault_rules rules;
    rules.to_client.latency = 60ms;
    rules.to_server.latency = 40ms;
    r.proxy.set(rules);
    const client c(r.proxy.port());
    const auto begin = clock_type::now();
    REQUIRE(c.say("ping"));
    CHECK(c.hear(4).bytes == "ping");
    CHECK(clock_type::now() - begin >= 100ms);
}

TEST_CASE("a bandwidth limit holds") {
    rig r;
    fault_rules rules;
    rules.to_client.bytes_per_second = 1'000'000;
    r.proxy.set(rules);
    const std::string bytes = some_bytes(200'000);
    const client c(r.proxy.port());
    const auto begin = clock_type::now();
    std::thread writer([&] { (void)c.say(bytes); });
    const reply heard = c.hear(bytes.size());
    writer.join();
    CHECK((heard.bytes == bytes));
    // 200 ms, less what may be caught up after a late wake-up; without a limit it takes one.
    CHECK(clock_type::now() - begin >= 100ms);
}

TEST_CASE("a black hole takes everything from byte k on and says nothing") {
    rig r;
    fault_rules rules;
    rules.to_client.swallow_after = 5;
    rules.to_server.swallow_after = 20;
    r.proxy.set(rules);
    const reply heard = echo(r.proxy.port(), some_bytes(100), 100ms);
    CHECK((heard.bytes == some_bytes(5)));
    CHECK(heard.error == EAGAIN);
    CHECK(r.proxy.counts().to_server == 20);
    r.proxy.drop();
    CHECK(r.proxy.counts().open == 0);
}

TEST_CASE("a black hole may open while a connection is in use, and close again") {
    rig r;
    const client c(r.proxy.port(), 100ms);
    REQUIRE(c.say("one"));
    REQUIRE(c.hear(3).bytes == "one");
    fault_rules hole;
    hole.to_client.swallow_after = 0;
    r.proxy.set(hole);
    REQUIRE(c.say("two"));
    CHECK(c.hear(3).error == EAGAIN);
    r.proxy.set({});
    REQUIRE(c.say("three"));
    CHECK(c.hear(5).bytes == "three");
}

TEST_CASE("half open: the client sees the end while the server still hears it") {
    rig r;
    fault_rules rules;
    rules.to_client.end_after = 3;
    r.proxy.set(rules);
    const client c(r.proxy.port());
    REQUIRE(c.say("abcdef"));
    const reply heard = c.hear(6);
    CHECK(heard.bytes == "abc");
    CHECK(heard.error == 0);
    REQUIRE(c.say("more"));
    CHECK(r.proxy.wait([](const auto& now) { return now.to_server == 10; }));
}

TEST_CASE("a silent proxy accepts and leaves it at that") {
    rig r;
    fault_rules rules;
    rules.silent = true;
    r.proxy.set(rules);
    {
        const client c(r.proxy.port(), 100ms);
        REQUIRE(c.say("hello"));
        CHECK(c.hear(1).error == EAGAIN);
        const auto counts = r.proxy.counts();
        CHECK(counts.open == 1);
        CHECK(counts.to_server == 0);
    }
    CHECK(r.proxy.wait([](const auto& now) { return now.open == 0; }));
}

TEST_CASE("a server that refuses is a reset for the client") {
    int nobody = 0;
    {
        const echo_server gone;
        nobody = gone.port();
    }
    fault_proxy proxy(nobody);
    CHECK(echo(proxy.port(), "x").error == ECONNRESET);
}

TEST_CASE("drop resets what is open, and the end of the proxy leaves nothing behind") {
    const echo_server server;
    const std::size_t before = open_descriptors();
    {
        fault_proxy proxy(server.port());
        const client first(proxy.port());
        REQUIRE(first.say("x"));
        REQUIRE(first.hear(1).bytes == "x");
        proxy.drop();
        CHECK(first.hear(1).error == ECONNRESET);
    }
    // The server closes its side of the connection by itself, soon.
    const auto patience = clock_type::now() + 5s;
    while (open_descriptors() != before && clock_type::now() < patience)
        std::this_thread::yield();
    CHECK(open_descriptors() == before);
}

TEST_CASE("the command obeys lines and refuses what it does not know") {
    const echo_server server;
    const std::string input =
        "printf 'set both.latency_us=5 to_client.reset_after=7\\nnext silent\\ncounts\\ndrop\\n"
        "set sideways.slice=1\\nset both.slice=x\\nset both.slyce=1\\njump\\n'";
    const std::string line =
        input + " | " FAULT_PROXY " " + std::to_string(server.port()) + " 2>&1";
    FILE* out = ::popen(line.c_str(), "r");
    REQUIRE(out != nullptr);
    std::vector<std::string> said;
    std::array<char, 256> buffer;
    while (std::fgets(buffer.data(), buffer.size(), out) != nullptr)
        said.emplace_back(buffer.data());
    CHECK(::pclose(out) == 0);
    REQUIRE(said.size() == 9);
    CHECK(std::stoi(said[0]) > 0);
    CHECK(said[1] == "ok\n");
    CHECK(said[2] == "ok\n");
    CHECK(
        said[3] ==
        "{\"connections\": 0, \"open\": 0, \"to_server\": 0, \"to_client\": 0, \"resets\": 0}\n"
    );
    CHECK(said[4] == "ok\n");
    CHECK(said[5] == "error: 'sideways' is no way\n");
    CHECK(said[6] == "error: 'x' is no number\n");
    CHECK(said[7] == "error: 'slyce' is no rule\n");
    CHECK(said[8] == "error: 'jump' is no command\n");
}
