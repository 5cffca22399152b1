// The threads of the host: each runs one event loop, and a session stays on the loop it was made
// on.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <vector>

#include <boost/asio/io_context.hpp>

namespace qry::base {

// One per host, passed by reference to whatever waits; outlives it. Thread-safe.
class loop_group {
public:
    // 0 = two, or one on a machine with a single core.
    explicit loop_group(std::size_t threads = 0);
    loop_group(const loop_group&) = delete;
    loop_group& operator=(const loop_group&) = delete;
    // stop().
    ~loop_group();

    // Takes turns.
    [[nodiscard]] boost::asio::io_context& next_loop() noexcept;
    [[nodiscard]] boost::asio::io_context& loop(std::size_t i) noexcept;
    [[nodiscard]] std::size_t size() const noexcept { return loops_.size(); }
    // True on one of its threads: where nothing may block.
    [[nodiscard]] bool on_loop_thread() const noexcept;

    // Drops what is queued and joins the threads. May be called on a loop's own thread (the last
    // owner went in a completion): that thread then ends by itself. Sessions must be closed before.
    void stop() noexcept;

private:
    struct entry;

    // Not thread-safe: changed by constructor and stop() only
    std::vector<std::shared_ptr<entry>> loops_;
    // Thread-safe
    std::atomic<std::size_t> turn_{0};
};

}  // namespace qry::base
