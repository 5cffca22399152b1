// The host's end of one lane of a worker: hands frames to their channels, and watches whether the
// other end is awake while anything runs there.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include <boost/asio/io_context.hpp>

#include <qry/registry/unique_fd.hpp>

#include "base/timers.hpp"
#include "supervisor/channel.hpp"
#include "supervisor/silence.hpp"
#include "supervisor/usage.hpp"
#include "supervisor/worker_link.hpp"
#include "wire/batch.hpp"
#include "wire/lane.hpp"

namespace qry::supervisor {

// While something is in flight.
inline constexpr std::int64_t ping_every_ns = 250'000'000;
// Without an answer: the log names the plugin; and it is killed.
inline constexpr std::int64_t stalled_ns = 1'000'000'000;
inline constexpr std::int64_t hopeless_ns = 3'000'000'000;

// Not thread-safe: the loop's thread only, but for the constructor.
class remote_lane final : public base::timer_entry,
                          public std::enable_shared_from_this<remote_lane> {
public:
    remote_lane(
        boost::asio::io_context& loop,
        registry::unique_fd socket,
        std::shared_ptr<worker_link> worker
    );
    ~remote_lane() override;

    void start();
    // False: the worker is dead, is dying, or takes no one any more.
    [[nodiscard]] bool takes_channels() const noexcept { return !over_ && worker_->taking; }
    // False: nothing that is sent arrives.
    [[nodiscard]] bool works() const noexcept { return !over_; }

    [[nodiscard]] std::uint32_t open(std::shared_ptr<channel> who);
    // Another takes the place of who is there.
    void replace(std::uint32_t id, std::shared_ptr<channel> who);
    void forget(std::uint32_t id);
    // It does not answer; it does not count any more, and the worker is replaced.
    void give_up(channel& who);
    void set_busy(channel& who, bool busy);
    // What came is to be answered, as if it had come over the wire.
    void touch(const std::shared_ptr<channel>& who);

    [[nodiscard]] wire::lane& out() noexcept { return *lane_; }
    [[nodiscard]] boost::asio::io_context& loop() noexcept { return loop_; }
    [[nodiscard]] base::timers& timers() noexcept { return timers_; }
    [[nodiscard]] worker_link& worker() noexcept { return *worker_; }
    [[nodiscard]] plugin_share& share() noexcept { return *worker_->share; }

    // A batch of this lane; what is to be given back at once is. No rows: no memory for them.
    [[nodiscard]] result<unique_array> take(
        std::span<const std::byte> payload, const arrow::field& type
    );

    // The worker wants to end: unused sessions are closed.
    void retire();
    // Hangs up; nobody is told anything.
    void close();
    // The worker is gone: everybody is told. suspects: the channels to blame, as far as known.
    void end(const death& why, std::span<const std::uint32_t> suspects);

private:
    void expired() noexcept override;
    [[nodiscard]] result<void> on_frame(wire::incoming& frame);
    [[nodiscard]] result<void> on_own_frame(wire::incoming& frame);
    [[nodiscard]] result<void> on_pong(std::span<const std::byte> payload);
    void broken(const error& why);
    void settle();
    void watch();
    void say_stalled(std::int64_t for_ns);
    // How long there was none.
    [[nodiscard]] std::int64_t look_for_answer(std::int64_t now, std::int64_t due) noexcept;
    [[nodiscard]] bool all_late(std::int64_t now) const;

    boost::asio::io_context& loop_;
    base::timers& timers_;
    const std::shared_ptr<worker_link> worker_;
    const std::shared_ptr<wire::lane> lane_;
    wire::segment_map segments_;
    wire::landing landing_;
    std::unordered_map<std::uint32_t, std::shared_ptr<channel>> channels_;
    std::vector<std::shared_ptr<channel>> touched_;
    std::uint32_t last_id_ = 0;
    int busy_ = 0;
    bool over_ = false;
    bool settling_ = false;
    silence silence_;
    // As of the first look for an answer that had not come.
    cpu_waits waits_;
    std::uint64_t ping_cookie_ = 0;
    // 0 = nobody looks.
    std::int64_t look_due_ns_ = 0;
    bool said_stalled_ = false;
};

// Sends what a worker logged to the log, under its name and within its rate.
[[nodiscard]] result<void> log_line_of(plugin_share& share, std::span<const std::byte> payload);

}  // namespace qry::supervisor
