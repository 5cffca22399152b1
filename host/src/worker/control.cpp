#include "worker/control.hpp"

#include <chrono>
#include <utility>

#include <qry/registry/catalog.hpp>

#include "abi/driver_loader.hpp"
#include "base/clock.hpp"
#include "base/post.hpp"

namespace qry::worker {

namespace asio = boost::asio;
using wire::frame_type;

namespace {

error violation(std::string why) {
    return {.kind = status::plugin_error, .message = std::move(why), .from = origin::host};
}

}  // namespace

result<loaded_plugin> load_plugin(
    const wire::hello& what, base::loop_group& loops, std::shared_ptr<wire::segment_source> memory
) {
    const auto found = registry::catalog::scan({{what.plugin_folder, "option"}});
    auto plugin = found.find(what.plugin_name);
    if (!plugin) return std::move(plugin).error();
    // The blocks outlive the driver with the last batch: so does what they come from.
    auto arena = qry_arena::make(
        what.arena_bytes,
        {.alloc = [memory](std::size_t size) { return memory->alloc(size); },
         .free = [memory](void* block, std::size_t size) { memory->free(block, size); }}
    );
    auto driver = abi::load_driver(loops, **plugin, std::move(arena));
    if (!driver) return std::move(driver).error();
    const registry::manifest& about = (*plugin)->about;
    return loaded_plugin{std::move(*driver), about.version, about.model == "blocking"};
}

control::control(asio::io_context& loop, control_parts parts)
    : loop_(loop),
      parts_(std::move(parts)),
      lane_(wire::lane::make(loop, std::move(parts_.socket))),
      log_(loop, lane_),
      farewell_(loop) {}

void control::start() {
    lane_->start(
        {.on_frame =
             [self = shared_from_this()](wire::incoming& frame) {
                 auto taken = self->take(frame);
                 self->violated_ = self->violated_ || !taken;
                 return taken;
             },
         .on_broken = [self = shared_from_this()](error why) { self->broken(std::move(why)); }}
    );
}

result<void> control::take(const wire::incoming& frame) {
    if (frame.header.channel != 0) return violation("the control lane has no channels");
    if (frame.type() == frame_type::hello) return take_hello(frame);
    if (frame.type() == frame_type::ping) {
        auto asked = wire::decode<wire::ping>(frame.payload);
        if (!asked) return std::move(asked).error();
        lane_->send(frame_type::pong, 0, frame.header.verb, *asked);
        return {};
    }
    if (frame.type() == frame_type::drain && frame.payload.empty()) {
        drain();
        return {};
    }
    return violation("frame " + std::to_string(frame.header.type) + " is not for a control lane");
}

result<void> control::take_hello(const wire::incoming& frame) {
    if (std::exchange(greeted_, true)) return violation("hello came twice");
    auto what = wire::decode<wire::hello>(frame.payload);
    if (!what) return std::move(what).error();
    if (what->version != wire::protocol_version) {
        error other = violation(
            "the host speaks version " + std::to_string(what->version) +
            " of the protocol, this worker version " + std::to_string(wire::protocol_version)
        );
        other.hint = "install library and command of one build; QRY_HOST_PROGRAM names the command";
        lane_->send(frame_type::failed, 0, 0, wire::failed{std::move(other)});
        return {};
    }
    if (parts_.on_hello) parts_.on_hello(*what, log_, *lane_);
    memory_ = std::make_shared<wire::segment_source>(what->arena_bytes);
    keeper_ = wire::segment_keeper::start(loop_, memory_);
    loops_ = std::make_unique<base::loop_group>(parts_.lanes.size());
    auto plugin = parts_.load(*what, *loops_, memory_);
    if (parts_.on_loaded) parts_.on_loaded();
    if (!plugin) {
        lane_->send(frame_type::failed, 0, 0, wire::failed{std::move(plugin).error()});
        return {};
    }
    serve(*plugin);
    lane_->send(
        frame_type::ready,
        0,
        0,
        wire::ready{.plugin_version = plugin->version, .blocking = plugin->blocking}
    );
    return {};
}

void control::serve(const loaded_plugin& plugin) {
    const auto weak = weak_from_this();
    for (std::size_t i = 0; i < parts_.lanes.size(); ++i) {
        asio::io_context& loop = loops_->loop(i);
        service_events events{
            .on_violation =
                [weak, &home = loop_](error why) {
                    base::post(home, [weak, why = std::move(why)] {
                        if (const auto self = weak.lock()) self->end(exit_violation, why.message);
                    });
                },
            .on_empty =
                [weak, &home = loop_] {
                    base::post(home, [weak] {
                        if (const auto self = weak.lock()) self->one_is_empty();
                    });
                }};
        services_.push_back(std::make_shared<session_service>(
            loop,
            i,
            plugin.driver,
            memory_,
            wire::lane::make(loop, std::move(parts_.lanes[i])),
            std::move(events)
        ));
    }
    each([](session_service& one) { one.start(); });
}

void control::each(const std::function<void(session_service&)>& what) {
    for (std::size_t i = 0; i < services_.size(); ++i) {
        base::post(loops_->loop(i), [one = services_[i], what] { what(*one); });
    }
}

void control::drain() {
    draining_ = true;
    if (services_.empty()) return end(exit_well, {});
    each([](session_service& one) { one.drain(); });
    end_if_empty();
}

// Also when the host has let go of a lane: nothing will come over it any more.
void control::one_is_empty() {
    ++empty_;
    end_if_empty();
}

void control::end_if_empty() {
    if (empty_ < services_.size() || !(draining_ || leaving_)) return;
    if (!leaving_) lane_->send(frame_type::drained, 0, 0);
    end(exit_well, {});
}

void control::broken(error why) {
    if (violated_ || why.kind != status::plugin_crashed) {
        return end(exit_violation, std::move(why.message));
    }
    hang_up();
}

void control::hang_up() {
    if (std::exchange(leaving_, true)) return;
    if (empty_ == services_.size()) return end(exit_well, {});
    each([until = base::now_ns() + farewell_ns](session_service& one) { one.leave(until); });
    farewell_.expires_after(std::chrono::nanoseconds(farewell_ns));
    farewell_.async_wait([self = shared_from_this()](const boost::system::error_code& failed) {
        if (!failed) self->end(exit_well, {});
    });
}

void control::end(int status, std::string why) {
    if (!parts_.on_exit) return;
    log_.send();
    lane_->close();
    std::exchange(parts_.on_exit, nullptr)(status, std::move(why));
}

}  // namespace qry::worker
