#include "supervisor/remote_attempt.hpp"

#include <algorithm>
#include <csignal>
#include <utility>

#include "base/clock.hpp"
#include "base/errors.hpp"
#include "base/grace.hpp"
#include "base/post.hpp"
#include "supervisor/closing_channel.hpp"
#include "supervisor/remote_session.hpp"

namespace qry::supervisor {

namespace asio = boost::asio;

namespace {

// The worker watches the deadline too, and knows better what the plugin was waiting for.
constexpr std::int64_t worker_first_ns = 50'000'000;
// A worker that drains at the wrong moment is not the caller's fault.
constexpr int most_tries = 3;
constexpr std::uint32_t connect_verb = 1;

// It was killed, and not for anything that a connect does.
bool not_ours(const death& why) noexcept {
    switch (why.cause) {
        case death_cause::signal:
            return why.code == SIGKILL;
        case death_cause::stuck:
        case death_cause::resource:
        case death_cause::asked:
            return true;
        case death_cause::exited:
        case death_cause::stalled:
        case death_cause::protocol:
        case death_cause::start:
        case death_cause::unknown:
            break;
    }
    return false;
}

error too_late(std::string detail) {
    return {
        .kind = status::query_timeout,
        .message = "the database did not let us in within the time limit",
        .hint = "check host, port and firewall, or raise the timeout",
        .from = origin::host,
        .detail = std::move(detail),
        .retryable = true};
}

error died_at_once() {
    return {
        .kind = status::connection_failed,
        .message = "the connection was lost as soon as it was made",
        .from = origin::host,
        .retryable = true};
}

}  // namespace

remote_attempt::remote_attempt(
    std::shared_ptr<worker_source> from,
    asio::io_context& context,
    std::size_t loop,
    backend::verb_context limits,
    backend::connect_arguments what
)
    : from_(std::move(from)),
      context_(context),
      loop_(loop),
      limits_(std::move(limits)),
      what_(std::move(what)) {
    deadline_ns_ = limits_.deadline_ns;
}

remote_attempt::~remote_attempt() = default;

void remote_attempt::connect(completion<std::unique_ptr<backend::session>> done) {
    on_session_ = std::move(done);
    base::post(context_, [self = shared_from_this()] { self->begin(); });
}

void remote_attempt::test(backend::reports sink, completion<void> done) {
    testing_ = true;
    reports_ = std::move(sink);
    on_tested_ = std::move(done);
    base::post(context_, [self = shared_from_this()] { self->begin(); });
}

void remote_attempt::begin() {
    if (over_) return;
    base::timers::of(context_.get_executor()).set(*this, limits_.deadline_ns);
    find_worker();
}

void remote_attempt::find_worker() {
    if (auto lane = from_->serving(loop_)) return go(std::move(lane));
    from_->want(loop_, [self = shared_from_this()](result<std::shared_ptr<remote_lane>> lane) {
        if (self->over_) return;
        if (!lane) return self->answer(std::move(lane).error());
        self->go(std::move(*lane));
    });
}

void remote_attempt::go(std::shared_ptr<remote_lane> lane) {
    if (!lane->takes_channels()) {
        if (++tries_ < most_tries) return find_worker();
        return answer(lost_error(lane->share().plugin, "ended its process"));
    }
    lane_ = std::move(lane);
    id_ = lane_->open(shared_from_this());
    lane_->set_busy(*this, true);
    send_connect();
}

void remote_attempt::send_connect() {
    wire::connect message;
    message.test = testing_;
    message.remaining_ns = std::max<std::int64_t>(limits_.deadline_ns - base::now_ns(), 0);
    message.query_id = limits_.query_id;
    if (what_.params) message.params = *what_.params;
    if (what_.secrets) {
        for (const auto& [name, text] : *what_.secrets)
            message.secrets.emplace(name, text.clone());
    }
    lane_->out().send(wire::frame_type::connect, id_, connect_verb, message);
}

void remote_attempt::cancel() noexcept {
    base::post(context_, [self = shared_from_this()] {
        if (!self->over_ && self->stop_ == stop::none) self->press(stop::cancelled);
    });
}

void remote_attempt::expired() noexcept {
    if (over_) return;
    const auto self = shared_from_this();
    if (stop_ != stop::none) return give_up();
    press(stop::deadline);
}

// Asks the worker to end it, and sets the time after which it is ended here.
void remote_attempt::press(stop why) noexcept {
    stop_ = why;
    if (!lane_) return give_up();
    lane_->out().send(wire::frame_type::cancel, id_, connect_verb);
    const std::int64_t patience = why == stop::deadline ? worker_first_ns : base::cancel_grace_ns;
    base::timers::of(context_.get_executor()).set(*this, base::now_ns() + patience);
}

void remote_attempt::give_up() {
    if (lane_ && lane_->works()) {
        close_channel(
            {.lane = lane_, .id = id_, .verb = connect_verb + 1, .doing = doing()},
            base::now_ns() + base::cancel_grace_ns
        );
    }
    answer(error());
}

error remote_attempt::stopped_error(std::string detail) const {
    return stop_ == stop::cancelled ? base::cancelled_error() : too_late(std::move(detail));
}

result<void> remote_attempt::on_frame(wire::incoming& frame) {
    const auto odd = [&] {
        return error{
            .kind = status::plugin_error,
            .message =
                "a frame of type " + std::to_string(frame.header.type) + " in answer to a connect",
            .from = origin::plugin};
    };
    if (frame.header.verb != connect_verb) return odd();
    // Frames come in batches: what it connected may be gone before anybody has it.
    if (frame.type() == wire::frame_type::died && outcome_ && *outcome_ && !testing_) {
        died_ = true;
        return {};
    }
    if (outcome_) return odd();
    switch (frame.type()) {
        case wire::frame_type::connected:
            if (testing_ || !frame.payload.empty()) return odd();
            outcome_ = result<void>();
            return {};
        case wire::frame_type::done:
            if (!testing_ || !frame.payload.empty()) return odd();
            outcome_ = result<void>();
            return {};
        case wire::frame_type::failed: {
            auto m = wire::decode<wire::failed>(frame.payload);
            if (!m) return std::move(m).error();
            outcome_ = std::move(m->why);
            return {};
        }
        case wire::frame_type::step: {
            auto m = wire::decode<test_step_report>(frame.payload);
            if (!m) return std::move(m).error();
            if (reports_.on_step) reports_.on_step(std::move(*m));
            return {};
        }
        case wire::frame_type::info: {
            auto m = wire::decode<wire::info>(frame.payload);
            if (!m) return std::move(m).error();
            if (reports_.on_info) reports_.on_info(std::move(m->key), std::move(m->value));
            return {};
        }
        case wire::frame_type::notice: {
            auto m = wire::decode<query_notice>(frame.payload);
            if (!m) return std::move(m).error();
            if (reports_.on_notice) reports_.on_notice(std::move(*m));
            return {};
        }
        default:
            return odd();
    }
}

void remote_attempt::settled() {
    if (over_ || !outcome_) return;
    lane_->worker().answered = true;
    auto outcome = std::move(*outcome_);
    if (outcome && died_) {
        close_channel(
            {.lane = lane_, .id = id_, .verb = connect_verb + 1, .doing = doing()},
            base::now_ns() + base::cancel_grace_ns
        );
        return answer(died_at_once());
    }
    if (!outcome || testing_) lane_->forget(id_);
    answer(outcome ? std::nullopt : std::optional(std::move(outcome).error()));
}

void remote_attempt::lost(const death& why) {
    if (over_) return;
    if (not_ours(why) && stop_ == stop::none && ++tries_ < most_tries) {
        lane_ = nullptr;
        outcome_.reset();
        died_ = false;
        return find_worker();
    }
    error mine = death_error(lane_->share().plugin, why, doing());
    // Nothing was changed by it.
    mine.retryable = true;
    lane_ = nullptr;
    answer(std::move(mine));
}

std::string remote_attempt::doing() const {
    return std::string(testing_ ? "testing" : "connecting");
}

void remote_attempt::answer(std::optional<error> failure) {
    const auto self = shared_from_this();
    base::timers::of(context_.get_executor()).take_back(*this);
    over_ = true;
    reports_ = {};
    what_ = {};
    // Whoever holds the handle of this operation is not to hold the worker.
    const auto lane = std::move(lane_);
    if (failure && stop_ != stop::none) *failure = stopped_error(std::move(failure->message));
    if (on_tested_) {
        auto done = std::exchange(on_tested_, nullptr);
        return failure ? done(std::move(*failure)) : done(result<void>());
    }
    auto done = std::exchange(on_session_, nullptr);
    if (failure) return done(std::move(*failure));
    auto made = std::make_shared<session_channel>(lane, id_, connect_verb);
    lane->replace(id_, made);
    ++lane->share().count.sessions;
    done(make_session(std::move(made)));
}

}  // namespace qry::supervisor
