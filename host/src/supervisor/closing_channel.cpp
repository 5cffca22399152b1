#include "supervisor/closing_channel.hpp"

#include <algorithm>
#include <utility>

#include "base/clock.hpp"
#include "base/log.hpp"

namespace qry::supervisor {

namespace {

class closing_channel final : public channel,
                              public base::timer_entry,
                              public std::enable_shared_from_this<closing_channel> {
public:
    explicit closing_channel(closing_parts parts) : parts_(std::move(parts)) {
        parts_.stream.drop();
    }
    ~closing_channel() override { lane().timers().take_back(*this); }

    void begin(std::int64_t deadline_ns) {
        deadline_ns_ = deadline_ns;
        lane().replace(parts_.id, shared_from_this());
        lane().set_busy(*this, true);
        lane().timers().set(*this, deadline_ns);
        const std::int64_t left = std::max<std::int64_t>(deadline_ns - base::now_ns(), 0);
        nearly_ns_ = deadline_ns - left / 20;
        lane().out().send(
            wire::frame_type::close, parts_.id, parts_.verb, wire::timed{.remaining_ns = left}
        );
    }

    result<void> on_frame(wire::incoming& frame) override {
        if (frame.header.verb == parts_.verb) {
            if (frame.type() == wire::frame_type::done) {
                lane().timers().take_back(*this);
                // The worker gave up on it in the same moment.
                if (busy() && base::now_ns() >= nearly_ns_) give_up();
                lane().forget(parts_.id);
                return {};
            }
        } else {
            // Late, and of no interest, but a batch has to be given back.
            switch (frame.type()) {
                case wire::frame_type::head:
                case wire::frame_type::batch:
                case wire::frame_type::ended:
                    return parts_.stream.on_frame(frame, lane());
                case wire::frame_type::failed:
                case wire::frame_type::connected:
                case wire::frame_type::done:
                case wire::frame_type::step:
                case wire::frame_type::info:
                case wire::frame_type::notice:
                case wire::frame_type::died:
                    return {};
                default:
                    break;
            }
        }
        return error{
            .kind = status::plugin_error,
            .message = "a frame of type " + std::to_string(frame.header.type) +
                       " on a channel that is being closed",
            .from = origin::plugin};
    }
    void settled() override {
        if (!lane_has_us()) tell();
    }
    void lost(const death&) override {
        lane().timers().take_back(*this);
        tell();
    }
    std::string_view statement() const noexcept override { return parts_.statement; }
    std::string doing() const override { return parts_.doing; }

private:
    [[nodiscard]] remote_lane& lane() const noexcept { return *parts_.lane; }
    // Forgotten by the lane: the timer went with it.
    [[nodiscard]] bool lane_has_us() const noexcept { return is_linked(); }
    void expired() noexcept override {
        give_up();
        tell();
    }
    void give_up() {
        base::write_log(
            base::log_level::warn,
            "host",
            "plugin '" + lane().share().plugin + "' did not end a session in time, after " +
                parts_.doing + "; its worker is replaced"
        );
        lane().give_up(*this);
    }
    void tell() {
        if (parts_.done) std::exchange(parts_.done, nullptr)(result<void>());
    }

    closing_parts parts_;
    // An answer after this is no better than none.
    std::int64_t nearly_ns_ = 0;
};

}  // namespace

void close_channel(closing_parts parts, std::int64_t deadline_ns) {
    std::make_shared<closing_channel>(std::move(parts))->begin(deadline_ns);
}

}  // namespace qry::supervisor
