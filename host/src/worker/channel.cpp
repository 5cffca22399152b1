#include "worker/channel.hpp"

#include <algorithm>
#include <utility>

#include "base/grace.hpp"
#include "base/trace.hpp"
#include "worker/arguments.hpp"

namespace qry::worker {

namespace {

std::int64_t deadline_in(std::int64_t remaining_ns) noexcept {
    const std::int64_t now = base::now_ns();
    return remaining_ns <= 0 ? now : base::add_ns(now, remaining_ns);
}

// The clocks agree, but a reader of the log should not have to know that.
std::int64_t started_before(std::int64_t elapsed_ns) noexcept {
    return elapsed_ns <= 0 ? 0 : std::max<std::int64_t>(base::now_ns() - elapsed_ns, 1);
}

}  // namespace

channel::channel(
    std::shared_ptr<lane_parts> lane, std::uint32_t number, std::uint32_t verb, bool test
)
    : lane_(std::move(lane)),
      number_(number),
      fsm_(channel_fsm::open(test ? call_kind::test : call_kind::connect, verb)),
      verb_(verb) {}

channel::~channel() {
    if (is_linked()) set_timer(base::never_ns);
}

void channel::connect(wire::connect what) {
    connect_ = {
        .params =
            std::make_shared<const std::map<std::string, std::string>>(std::move(what.params)),
        .secrets = std::make_shared<const std::map<std::string, secret>>(std::move(what.secrets)),
        .loop = lane_->number};
    query_id_ = std::move(what.query_id);
    deadline_ns_ = deadline_in(what.remaining_ns);
    run(fsm_.begin());
}

result<void> channel::obey(channel_fsm::verdict what) {
    if (what.wrong) {
        return error{
            .kind = status::plugin_error,
            .message = "channel " + std::to_string(number_) + ": " + *what.wrong,
            .from = origin::host};
    }
    run(what.step);
    return {};
}

result<void> channel::execute(std::uint32_t verb, wire::execute what) {
    backend::execute_arguments made{.sql = std::move(what.sql)};
    made.options = std::move(what.options);
    if (auto good = read_arguments(what, made); !good) return good;
    auto verdict = fsm_.ask(call_kind::execute, verb, what.credit);
    if (!verdict.wrong) {
        verb_ = verb;
        execute_ = std::move(made);
        query_id_ = std::move(what.query_id);
        deadline_ns_ = deadline_in(what.remaining_ns);
        started_ns_ = started_before(what.elapsed_ns);
        trace("came");
    }
    return obey(std::move(verdict));
}

result<void> channel::introspect(std::uint32_t verb, const wire::introspect& what) {
    const auto then = what.last ? channel_fsm::afterwards::tidy : channel_fsm::afterwards::leave;
    auto verdict = fsm_.ask(call_kind::introspect, verb, what.credit, then);
    if (!verdict.wrong) {
        verb_ = verb;
        introspect_ = what;
        query_id_ = what.query_id;
        deadline_ns_ = deadline_in(what.remaining_ns);
        started_ns_ = started_before(what.elapsed_ns);
        trace("came");
    }
    return obey(std::move(verdict));
}

result<void> channel::credit(std::uint32_t verb, std::uint32_t batches) {
    return obey(fsm_.credit(verb, batches));
}

result<void> channel::cancel(std::uint32_t verb) {
    trace("cancel came");
    return obey(fsm_.cancel(verb));
}

result<void> channel::reset(std::uint32_t verb, std::int64_t remaining_ns) {
    deadline_ns_ = deadline_in(remaining_ns);
    return obey(fsm_.reset(verb));
}

result<void> channel::close(std::uint32_t verb, std::int64_t remaining_ns) {
    close_by_ns_ = deadline_in(remaining_ns);
    auto done = obey(fsm_.close(verb));
    if (done) bound_close();
    return done;
}

void channel::trace(std::string_view what) const noexcept {
    if (started_ns_ != 0) base::trace("worker", query_id_, started_ns_, what);
}

void channel::leave(std::int64_t until_ns) {
    if (!fsm_.wants_close()) close_by_ns_ = until_ns;
    run(fsm_.leave());
    bound_close();
}

// What does not end for a close is abandoned.
void channel::bound_close() {
    if (!fsm_.wants_close() || fsm_.now() == channel_fsm::state::closing) return;
    if (fsm_.now() == channel_fsm::state::over) return;
    const std::int64_t grace = base::add_ns(base::now_ns(), base::cancel_grace_ns);
    give_up_at_ns_ = std::min({close_by_ns_, grace, give_up_at_ns_});
    set_timer(std::min(at_ns(), give_up_at_ns_));
}

void channel::look_alive() {
    if (fsm_.now() != channel_fsm::state::ready || told_death_ || session_ == nullptr) return;
    if (session_->alive()) return;
    told_death_ = true;
    lane_->lane->send(wire::frame_type::died, number_, verb_);
}

// noexcept: without memory for an answer this process is of no use.
void channel::run(channel_step step) noexcept {
    if (running_) {
        next_step_ = step;
        return;
    }
    running_ = true;
    const auto self = shared_from_this();
    for (;;) {
        if (!say(step)) {
            step = fsm_.unsendable();
            (void)say(step);
        }
        // Not sent, or not wanted any more.
        rows_.reset();
        next_step_.reset();
        if (step.press) press();
        if (step.call != call_kind::none) call(step.call);
        if (step.over) end();
        if (!next_step_) break;
        step = *next_step_;
    }
    running_ = false;
}

void channel::press() {
    const std::int64_t now = base::now_ns();
    if (!std::exchange(pressing_, true)) next_press_ns_ = base::first_recancel_ns;
    set_timer(std::min(base::add_ns(now, next_press_ns_), give_up_at_ns_));
    if (next_press_ns_ < base::never_ns / 2) next_press_ns_ *= 2;
    if (attempt_ != nullptr) {
        const auto held = attempt_;
        held->cancel();
    } else if (session_ != nullptr) {
        session_->cancel();
    }
}

void channel::expired() noexcept {
    const auto self = shared_from_this();
    if (base::now_ns() >= give_up_at_ns_) {
        give_up_at_ns_ = base::never_ns;
        pressing_ = false;
        return run(fsm_.give_up());
    }
    if (pressing_) return press();
    set_timer(give_up_at_ns_);
}

void channel::set_timer(std::int64_t at_ns) {
    boost::asio::use_service<base::timers>(lane_->loop).set(*this, at_ns);
}

}  // namespace qry::worker
