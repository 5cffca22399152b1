// A TCP proxy that does to a connection what networks do: delays, chops, cuts, silence.
//
// It listens on a free port of 127.0.0.1 and runs on one thread of its own, which ends with the
// object. Bytes are counted per connection and direction; "after byte k" means that exactly k bytes
// were handed on before the fault sets in, so k = 0 strikes as soon as there is a connection.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace qry::test {

// What happens to bytes that go one way.
struct flow_rules {
    // Each byte waits so long.
    std::chrono::nanoseconds latency{};
    // 0 = as fast as it goes.
    std::uint64_t bytes_per_second = 0;
    // Hands on at most so many bytes at a time; 0 = all there are.
    std::size_t slice = 0;
    // Both sides see a reset (RST) after this byte.
    std::optional<std::uint64_t> reset_after;
    // Takes every later byte, and the end, and hands nothing on.
    std::optional<std::uint64_t> swallow_after;
    // The receiver sees an orderly end (FIN) after this byte; the other way stays open.
    std::optional<std::uint64_t> end_after;
};

struct fault_rules {
    flow_rules to_server;
    flow_rules to_client;
    // New connections are accepted and left alone: nobody is called, nothing read, nothing said.
    bool silent = false;
};

struct proxy_counts {
    std::uint64_t connections = 0;
    std::uint64_t open = 0;
    // Handed on.
    std::uint64_t to_server = 0;
    std::uint64_t to_client = 0;
    // Connections that ended by a reset, of a rule or of a peer.
    std::uint64_t resets = 0;
};

// Thread-safe.
class fault_proxy {
public:
    // Throws std::runtime_error when it cannot listen.
    explicit fault_proxy(int server_port, const std::string& server_address = "127.0.0.1");
    fault_proxy(const fault_proxy&) = delete;
    fault_proxy& operator=(const fault_proxy&) = delete;
    ~fault_proxy();

    [[nodiscard]] int port() const noexcept;
    // From now on, for open connections too; `silent` concerns new ones only.
    void set(const fault_rules& rules);
    // For the next connection only, in place of what set() said, until set() comes again.
    void set_next(const fault_rules& rules);
    // Resets every open connection.
    void drop();
    [[nodiscard]] proxy_counts counts() const;
    // Blocks until the counts satisfy `enough`; false when `patience` ran out first.
    [[nodiscard]] bool wait(
        const std::function<bool(const proxy_counts&)>& enough,
        std::chrono::nanoseconds patience = std::chrono::seconds(10)
    ) const;

private:
    class engine;
    std::unique_ptr<engine> engine_;
};

}  // namespace qry::test
