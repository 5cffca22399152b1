// The worker's log, on its way to the host's over the control lane. Never blocks who logs.
#pragma once

#include <memory>
#include <mutex>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/log.hpp"
#include "wire/lane.hpp"
#include "worker/log_queue.hpp"

namespace qry::worker {

// Thread-safe. Must outlive all that logs, and the loop must outlive it.
class log_relay final : public base::log_sink {
public:
    // loop: the lane's.
    log_relay(boost::asio::io_context& loop, std::shared_ptr<wire::lane> lane)
        : loop_(loop), lane_(std::move(lane)), retry_(loop) {}

    void take(
        base::log_level level, std::string_view source, std::string_view text
    ) noexcept override;
    // Sends what the lane takes. The loop's thread only.
    void send();

private:
    // More than this in the lane's queue, and lines wait here.
    static constexpr std::size_t most_queued = 256U << 10;

    boost::asio::io_context& loop_;
    const std::shared_ptr<wire::lane> lane_;
    // Not thread-safe: the loop's thread only
    boost::asio::steady_timer retry_;
    std::mutex mutex_;
    // Guarded by mutex_
    log_queue lines_;
    bool posted_ = false;
};

}  // namespace qry::worker
