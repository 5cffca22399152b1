// An HTTP server that does exactly what a test tells it to: each connection runs a script of its
// own on a thread of its own.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace qry::test {

struct received {
    // "GET /v1/info HTTP/1.1"
    std::string line;
    // All header lines, each ended by CRLF.
    std::string head;
    std::string body;
    // Of the connection, from 1: how many requests it has carried.
    int number = 0;

    [[nodiscard]] bool has(std::string_view text) const {
        return head.find(text) != std::string::npos;
    }
};

class connection {
public:
    virtual ~connection() = default;
    // False when the other side has gone.
    virtual bool write(std::string_view bytes) = 0;
    // Until the other side closes, or the server stops; true = it closed.
    virtual bool wait_for_end() = 0;
};

// Called for each request; false = close the connection.
using script = std::function<bool(connection& by, const received& what)>;

class http_server {
public:
    // Plain text. Throws when it cannot listen.
    explicit http_server(script what);
    // TLS with a certificate for `name`, made for it and signed by itself: see ca_file().
    http_server(script what, const std::string& name);
    http_server(const http_server&) = delete;
    http_server& operator=(const http_server&) = delete;
    // Ends all connections, whatever their scripts wait for in wait_for_end.
    ~http_server();

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    // "http://127.0.0.1:4711"
    [[nodiscard]] std::string url() const;
    [[nodiscard]] std::string ca_file() const;
    [[nodiscard]] int connections() const noexcept { return connections_; }
    [[nodiscard]] int requests() const noexcept { return requests_; }
    [[nodiscard]] std::vector<received> log() const;

private:
    struct tls;
    void listen();
    void accept_all();
    void serve(int fd);

    const script script_;
    std::unique_ptr<tls> tls_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<bool> stopping_ = false;
    std::atomic<int> connections_ = 0;
    std::atomic<int> requests_ = 0;
    mutable std::mutex mutex_;
    // Guarded by mutex_
    std::vector<std::thread> threads_;
    std::vector<int> open_;
    std::vector<received> log_;
    std::thread acceptor_;
};

// "HTTP/1.1 200 OK" with Content-Length; `headers` end with CRLF each.
[[nodiscard]] std::string answer(int status, std::string_view body, std::string_view headers = {});

}  // namespace qry::test
