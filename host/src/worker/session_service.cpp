#include "worker/session_service.hpp"

#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/grace.hpp"

namespace qry::worker {

using wire::frame_type;

namespace {

// Idle sessions are looked at so often.
constexpr std::int64_t look_every_ns = 1'000'000'000;

error violation(std::string why) {
    return {.kind = status::plugin_error, .message = std::move(why), .from = origin::host};
}

error draining() {
    return {
        .kind = status::closed,
        .message = "this worker takes no new sessions: it is being replaced",
        .hint = "try again; the new one serves",
        .from = origin::host,
        .retryable = true};
}

}  // namespace

session_service::session_service(
    boost::asio::io_context& loop,
    std::size_t number,
    std::shared_ptr<backend::driver> driver,
    std::shared_ptr<wire::segment_source> memory,
    std::shared_ptr<wire::lane> lane,
    service_events events
)
    : parts_(new lane_parts{loop, number, std::move(driver), lane, {lane, std::move(memory)}, {}}),
      events_(std::move(events)) {}

session_service::~session_service() {
    if (is_linked()) boost::asio::use_service<base::timers>(parts_->loop).take_back(*this);
}

void session_service::start() {
    const auto weak = weak_from_this();
    parts_->on_over = [weak](std::uint32_t number) {
        if (const auto self = weak.lock()) self->over(number);
    };
    parts_->lane->start(
        {.on_frame =
             [self = shared_from_this()](wire::incoming& frame) {
                 auto taken = self->take(frame);
                 self->violated_ = self->violated_ || !taken;
                 return taken;
             },
         .on_broken = [self = shared_from_this()](error why) { self->broken(std::move(why)); }}
    );
}

result<void> session_service::take(wire::incoming& frame) {
    if (left_) return {};
    const std::uint32_t number = frame.header.channel;
    const auto type = frame.type();
    if (number == 0 || type == frame_type::give_back) return take_lane_frame(frame);
    if (type == frame_type::connect) return open(frame);
    const auto found = channels_.find(number);
    if (found == channels_.end()) return take_late(frame);
    const auto held = found->second;
    return take_verb(*held, frame);
}

result<void> session_service::take_lane_frame(const wire::incoming& frame) {
    if (frame.type() == frame_type::ping) {
        auto asked = wire::decode<wire::ping>(frame.payload);
        if (!asked) return std::move(asked).error();
        parts_->lane->send(frame_type::pong, 0, frame.header.verb, *asked);
        return {};
    }
    if (frame.type() == frame_type::give_back) {
        auto back = wire::decode<wire::give_back>(frame.payload);
        if (!back) return std::move(back).error();
        if (parts_->post.take_back(back->batch)) return {};
        return violation("batch " + std::to_string(back->batch) + " came back, and is not out");
    }
    return violation(
        "frame " + std::to_string(frame.header.type) + " does not belong on a lane by itself"
    );
}

result<void> session_service::open(const wire::incoming& frame) {
    const std::uint32_t number = frame.header.channel;
    if (number <= highest_) {
        return violation(
            "channel " + std::to_string(number) + " was opened after channel " +
            std::to_string(highest_)
        );
    }
    auto what = wire::decode<wire::connect>(frame.payload);
    if (!what) return std::move(what).error();
    highest_ = number;
    if (draining_) {
        parts_->lane->send(frame_type::failed, number, frame.header.verb, wire::failed{draining()});
        return {};
    }
    auto made = std::make_shared<channel>(parts_, number, frame.header.verb, what->test);
    channels_.emplace(number, made);
    watch_idle();
    made->connect(std::move(*what));
    return {};
}

result<void> session_service::take_verb(channel& to, const wire::incoming& frame) {
    const std::uint32_t verb = frame.header.verb;
    const auto with = [&](auto what, auto then) -> result<void> {
        if (!what) return std::move(what).error();
        return then(*what);
    };
    switch (frame.type()) {
        case frame_type::execute:
            return with(wire::decode<wire::execute>(frame.payload), [&](wire::execute& what) {
                return to.execute(verb, std::move(what));
            });
        case frame_type::introspect:
            return with(wire::decode<wire::introspect>(frame.payload), [&](wire::introspect& what) {
                return to.introspect(verb, what);
            });
        case frame_type::credit:
            return with(wire::decode<wire::credit>(frame.payload), [&](wire::credit& what) {
                return to.credit(verb, what.batches);
            });
        case frame_type::cancel:
            if (!frame.payload.empty()) return violation("cancel came with a payload");
            return to.cancel(verb);
        case frame_type::reset:
            return with(wire::decode<wire::timed>(frame.payload), [&](wire::timed& what) {
                return to.reset(verb, what.remaining_ns);
            });
        case frame_type::close:
            return with(wire::decode<wire::timed>(frame.payload), [&](wire::timed& what) {
                return to.close(verb, what.remaining_ns);
            });
        default:
            return violation(
                "frame " + std::to_string(frame.header.type) + " is not for a worker's session"
            );
    }
}

// For a channel that is gone: what the host sent before it knew is nobody's fault.
result<void> session_service::take_late(const wire::incoming& frame) {
    const std::uint32_t number = frame.header.channel;
    if (number <= highest_) {
        switch (frame.type()) {
            case frame_type::credit:
            case frame_type::cancel:
                return {};
            case frame_type::close:
                parts_->lane->send(frame_type::done, number, frame.header.verb);
                return {};
            default:
                break;
        }
    }
    return violation(
        "frame " + std::to_string(frame.header.type) + " came for channel " +
        std::to_string(number) + ", which does not exist"
    );
}

void session_service::broken(error why) {
    if (violated_ || why.kind != status::plugin_crashed) {
        if (events_.on_violation) events_.on_violation(std::move(why));
        return;
    }
    // The host has let go of this lane.
    leave(base::now_ns() + base::cancel_grace_ns);
}

void session_service::drain() {
    draining_ = true;
    tell_if_empty();
}

void session_service::leave(std::int64_t until_ns) {
    draining_ = true;
    left_ = true;
    std::vector<std::shared_ptr<channel>> all;
    for (const auto& [number, one] : channels_)
        all.push_back(one);
    for (const auto& one : all)
        one->leave(until_ns);
    tell_if_empty();
}

void session_service::over(std::uint32_t number) {
    channels_.erase(number);
    tell_if_empty();
}

void session_service::tell_if_empty() {
    if (!draining_ || !channels_.empty() || !events_.on_empty) return;
    // The process may end as soon as this is known elsewhere.
    parts_->lane->flush();
    std::exchange(events_.on_empty, nullptr)();
}

void session_service::watch_idle() {
    if (is_linked()) return;
    boost::asio::use_service<base::timers>(parts_->loop).set(*this, base::now_ns() + look_every_ns);
}

void session_service::expired() noexcept {
    for (const auto& [number, one] : channels_)
        one->look_alive();
    if (!channels_.empty()) watch_idle();
}

}  // namespace qry::worker
