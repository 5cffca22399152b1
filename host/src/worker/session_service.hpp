// One session lane of a worker: its frames, and the channels behind them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>

#include <boost/asio/io_context.hpp>

#include <qry/callback.hpp>

#include "backend/backend.hpp"
#include "base/timers.hpp"
#include "wire/lane.hpp"
#include "wire/segment.hpp"
#include "worker/channel.hpp"

namespace qry::worker {

struct service_events {
    // The host broke the protocol: this worker must end. Once, last.
    callback<void(error)> on_violation;
    // No channel is left, once drain or leave was called. Once.
    callback<void()> on_empty;
};

// Not thread-safe: its loop only, but for the constructor.
class session_service final : public base::timer_entry,
                              public std::enable_shared_from_this<session_service> {
public:
    // number: of the lane, and of the loop that it lives on in the driver.
    session_service(
        boost::asio::io_context& loop,
        std::size_t number,
        std::shared_ptr<backend::driver> driver,
        std::shared_ptr<wire::segment_source> memory,
        std::shared_ptr<wire::lane> lane,
        service_events events
    );
    ~session_service() override;

    void start();
    // Takes no new channels.
    void drain();
    // The host is gone: all channels close, by then as well as they can.
    void leave(std::int64_t until_ns);
    [[nodiscard]] std::size_t channels() const noexcept { return channels_.size(); }
    [[nodiscard]] std::size_t batches_out() const noexcept { return parts_->post.out(); }

private:
    void expired() noexcept override;
    [[nodiscard]] result<void> take(wire::incoming& frame);
    [[nodiscard]] result<void> take_lane_frame(const wire::incoming& frame);
    [[nodiscard]] result<void> take_verb(channel& to, const wire::incoming& frame);
    [[nodiscard]] result<void> take_late(const wire::incoming& frame);
    [[nodiscard]] result<void> open(const wire::incoming& frame);
    void broken(error why);
    void over(std::uint32_t number);
    void tell_if_empty();
    void watch_idle();

    const std::shared_ptr<lane_parts> parts_;
    service_events events_;
    std::map<std::uint32_t, std::shared_ptr<channel>> channels_;
    std::uint32_t highest_ = 0;
    bool draining_ = false;
    bool left_ = false;
    bool violated_ = false;
};

}  // namespace qry::worker
