#include "supervisor/worker.hpp"

#include <algorithm>
#include <csignal>
#include <utility>

#include "base/clock.hpp"
#include "base/flight_recorder.hpp"
#include "base/log.hpp"
#include "base/post.hpp"
#include "supervisor/usage.hpp"

namespace qry::supervisor {

namespace asio = boost::asio;

namespace {

constexpr std::int64_t usage_every_ns = 500'000'000;
// From the end of its socket to the end of the process.
constexpr std::int64_t last_breath_ns = 250'000'000;

}  // namespace

worker::worker(worker_parts parts)
    : worker_link(parts.share),
      parts_(std::move(parts)),
      timers_(base::timers::of(parts_.home.get_executor())),
      fsm_(parts_.limits, base::now_ns()),
      flights_(base::flight_bytes) {}

worker::~worker() {
    timers_.take_back(*this);
}

template <class What>
void worker::at_home(What what) {
    share->gate->pass([&] {
        base::post(parts_.home, [self = shared_from_this(), what = std::move(what)]() mutable {
            what(*self);
        });
    });
}

result<void> worker::start(const launcher& launch, worker_events events) {
    auto made = launch(parts_.home, parts_.loops.size());
    if (!made) return std::move(made).error();
    events_ = std::move(events);
    ++share->count.starts;
    child_ = std::move(made->child);
    process_id = child_->id();
    for (std::size_t i = 0; i < parts_.loops.size(); ++i) {
        lanes_.push_back(std::make_shared<remote_lane>(
            parts_.loops.loop(i), std::move(made->lanes[i]), shared_from_this()
        ));
    }
    output_ = std::make_shared<worker_output>(
        parts_.home, std::move(made->output), "worker " + share->name, share->output
    );
    output_->start();
    child_->watch([weak = weak_from_this()](death how) {
        if (const auto self = weak.lock()) self->ended(std::move(how));
    });
    control_ = wire::lane::make(parts_.home, std::move(made->control));
    greet();
    schedule();
    return {};
}

void worker::greet() {
    control_->start(
        {.on_frame = [weak = weak_from_this()](wire::incoming& frame) -> result<void> {
             const auto self = weak.lock();
             return self ? self->on_control(frame) : result<void>();
         },
         .on_broken =
             [weak = weak_from_this()](error why) {
                 const auto self = weak.lock();
                 if (!self) return;
                 if (why.kind == status::plugin_error) return self->broke_protocol(why.message);
                 self->hung_up();
             }}
    );
    wire::hello m;
    m.plugin_folder = parts_.plugin_folder;
    m.plugin_name = parts_.plugin_name;
    m.arena_bytes = share->arena_bytes;
    m.log_threshold = static_cast<std::int32_t>(base::log_threshold());
    control_->send(wire::frame_type::hello, 0, 0, m);
}

result<void> worker::on_control(wire::incoming& frame) {
    switch (frame.type()) {
        case wire::frame_type::ready:
            return on_ready(frame.payload);
        case wire::frame_type::failed: {
            auto m = wire::decode<wire::failed>(frame.payload);
            if (!m) return std::move(m).error();
            refusal_ = std::move(m->why);
            kill({death_cause::start, 0, refusal_->message});
            return {};
        }
        case wire::frame_type::segment: {
            auto m = wire::decode<wire::segment>(frame.payload);
            if (!m) return std::move(m).error();
            if (m->number != base::flight_segment || has_flights_) break;
            has_flights_ = true;
            return flights_.add(1, m->bytes, std::move(frame.descriptor));
        }
        case wire::frame_type::log_line:
            return log_line_of(*share, frame.payload);
        case wire::frame_type::drained:
            return {};
        default:
            break;
    }
    return error{
        .kind = status::plugin_error,
        .message = "a frame of type " + std::to_string(frame.header.type) + " on the control lane",
        .from = origin::plugin};
}

result<void> worker::on_ready(std::span<const std::byte> payload) {
    auto m = wire::decode<wire::ready>(payload);
    if (!m) return std::move(m).error();
    if (m->version != wire::protocol_version) {
        refusal_ = error{
            .kind = status::plugin_error,
            .message = "the worker speaks version " + std::to_string(m->version) +
                       " of the host's protocol, this host version " +
                       std::to_string(wire::protocol_version),
            .hint = "install qry-host and libqryhost of the same version",
            .from = origin::host};
        kill({death_cause::start, 0, refusal_->message});
        return {};
    }
    if (fsm_.now() != worker_state::starting) return {};
    plugin_version_ = std::move(m->plugin_version);
    fsm_.ready();
    for (const auto& lane : lanes_)
        base::post(lane->loop(), [lane] { lane->start(); });
    taking = true;
    next_usage_ns_ = base::now_ns() + usage_every_ns;
    schedule();
    if (events_.on_ready) events_.on_ready();
    return {};
}

void worker::drain(drain_reason why) {
    if (fsm_.now() >= worker_state::ending) return;
    fsm_.drain(why, base::now_ns());
    if (taking.exchange(false) && events_.on_draining) events_.on_draining();
    for (const auto& lane : lanes_) {
        // Back here afterwards: by then its unused sessions are being closed.
        ++unaware_;
        base::post(lane->loop(), [self = shared_from_this(), lane] {
            lane->retire();
            self->at_home([](worker& w) {
                --w.unaware_;
                w.look();
            });
        });
    }
    schedule();
}

void worker::relieved() {
    if (taking) return;
    at_home([](worker& self) { self.look(); });
}

void worker::hung_up() {
    at_home([](worker& self) {
        if (self.fsm_.now() == worker_state::dead) return;
        if (self.taking.exchange(false) && self.events_.on_draining) self.events_.on_draining();
        // It is dying, and will say how. If it is not, it is of no use all the same.
        self.hung_up_until_ns_ = std::min(self.hung_up_until_ns_, base::now_ns() + last_breath_ns);
        self.schedule();
    });
}

void worker::broke_protocol(const std::string& what) {
    at_home([what](worker& self) { self.kill({death_cause::protocol, 0, what}); });
}

void worker::has_stuck() {
    at_home([](worker& self) {
        self.drain(drain_reason::stuck);
        self.look();
    });
}

void worker::has_stalled(const std::string& how_long) {
    at_home([how_long](worker& self) {
        // Somebody stopped the process: the plugin cannot help it.
        self.blameless_ = self.child_ != nullptr && is_stopped(self.child_->id());
        self.kill({death_cause::stalled, 0, how_long});
    });
}

void worker::kill(death why) {
    if (fsm_.now() >= worker_state::killed || child_ == nullptr) return;
    if (!fate_) fate_ = std::move(why);
    if (taking.exchange(false) && events_.on_draining) events_.on_draining();
    unready_ = unready_ || fsm_.now() == worker_state::starting;
    fsm_.killed();
    child_->kill();
    schedule();
}

void worker::give_up() {
    kill({death_cause::asked, 0, {}});
}

void worker::expired() noexcept {
    const auto self = shared_from_this();
    look();
}

void worker::look() {
    // Its lanes may speak of it when it is gone.
    if (fsm_.now() == worker_state::dead) return;
    const std::int64_t now = base::now_ns();
    if (now >= hung_up_until_ns_) {
        hung_up_until_ns_ = base::never_ns;
        kill({death_cause::protocol, 0, "it closed its connection to the host"});
    }
    const bool starting = fsm_.now() == worker_state::starting;
    switch (fsm_.look(now, {.channels = channels, .busy = busy, .unaware = unaware_})) {
        case worker_action::none:
            break;
        case worker_action::end:
            hang_up();
            break;
        case worker_action::kill:
            if (starting) {
                kill({death_cause::start, 0, "it was not ready in time"});
            } else if (fsm_.now() == worker_state::ending) {
                kill({death_cause::asked, 0, {}});
            } else {
                kill({death_cause::stuck, 0, {}});
            }
            break;
    }
    if (now >= next_usage_ns_) look_at_usage(now);
    schedule();
}

void worker::look_at_usage(std::int64_t now) {
    next_usage_ns_ = now + usage_every_ns;
    if (channels == 0) return;
    const auto used = read_usage(child_->id());
    if (!used) return;
    resident_bytes_ = used->resident_bytes;
    auto over = over_cap(*used, parts_.caps);
    if (!over) return;
    base::write_log(
        base::log_level::warn, "host", "worker " + share->name + " is killed: it has " + *over
    );
    kill({death_cause::resource, 0, std::move(*over)});
}

void worker::schedule() {
    if (fsm_.now() == worker_state::dead) return timers_.take_back(*this);
    timers_.set(*this, std::min({fsm_.due_ns(), hung_up_until_ns_, next_usage_ns_}));
}

// It ends by itself once it hears this. Its control lane stays until then: the last lines of its
// log come over it.
void worker::hang_up() {
    fate_ = death{death_cause::asked, 0, {}};
    control_->send(wire::frame_type::drain, 0, 0);
    control_->flush();
    for (const auto& lane : lanes_)
        base::post(lane->loop(), [lane] { lane->close(); });
}

// Channels that were inside the plugin, lane by lane.
std::vector<std::vector<std::uint32_t>> worker::suspects() const {
    std::vector<std::vector<std::uint32_t>> out(lanes_.size());
    wire::segment_map::mapping keep;
    const auto page = flights_.look(1, 0, base::flight_bytes, &keep);
    if (page.empty()) return out;
    for (const auto& one : base::read_flights(page)) {
        if (one.lane < out.size()) out[one.lane].push_back(one.channel);
    }
    return out;
}

// A statement is to blame when it was alone inside the plugin, or when the plugin could still say
// whom it served.
std::vector<std::vector<std::uint32_t>> worker::blamed(const death& why) const {
    const bool own_doing = why.cause == death_cause::exited || why.cause == death_cause::resource ||
                           why.cause == death_cause::stalled ||
                           // SIGKILL comes from outside.
                           (why.cause == death_cause::signal && why.code != SIGKILL);
    if (own_doing && !blameless_) {
        auto found = suspects();
        std::size_t count = 0;
        for (const auto& of_lane : found)
            count += of_lane.size();
        if (count == 1) return found;
    }
    return std::vector<std::vector<std::uint32_t>>(lanes_.size());
}

void worker::tell_lanes(const death& why) {
    auto to_blame = blamed(why);
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
        base::post(lanes_[i]->loop(), [lane = lanes_[i], why, some = std::move(to_blame[i])] {
            lane->end(why, some);
        });
    }
}

void worker::abandon() noexcept {
    taking = false;
    events_ = {};
    timers_.take_back(*this);
    child_.reset();
    lanes_.clear();
}

void worker::ended(death how) {
    const auto self = shared_from_this();
    death why = fate_ ? *fate_ : std::move(how);
    const bool unready = unready_ || fsm_.now() == worker_state::starting;
    if (unready && !refusal_ && why.cause != death_cause::start) {
        why = {death_cause::start, 0, describe(why)};
    }
    ++share->count.deaths[static_cast<std::size_t>(why.cause)];
    if (why.cause != death_cause::asked) {
        base::write_log(
            base::log_level::warn,
            "host",
            "worker " + share->name + " (process " + std::to_string(child_->id()) + ") " +
                describe(why)
        );
    }
    fsm_.ended();
    taking = false;
    timers_.take_back(*this);
    control_->take_rest();
    control_->close();
    tell_lanes(why);
    child_.reset();
    auto events = std::exchange(events_, {});
    if (events.on_gone) events.on_gone(why, std::move(refusal_));
    // They hold this.
    lanes_.clear();
}

worker_report worker::report() const {
    return {
        .name = share->name,
        .state = to_text(fsm_.now()),
        .process = child_ ? child_->id() : 0,
        .plugin_version = plugin_version_,
        .sessions = channels,
        .busy = busy,
        .resident_bytes = resident_bytes_};
}

}  // namespace qry::supervisor
