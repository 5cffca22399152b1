#include "session/work.hpp"

#include <algorithm>
#include <utility>

#include "base/clock.hpp"
#include "base/errors.hpp"
#include "base/grace.hpp"
#include "base/trace.hpp"
#include "session/session_pool.hpp"

namespace qry::session {

namespace {

// Whether a session can be reset after a verb that failed so.
request_fsm::session_state state_after(status kind) noexcept {
    switch (kind) {
        case status::connection_failed:
        case status::authentication_failed:
        case status::tls_failed:
        case status::plugin_crashed:
        case status::plugin_error:
        case status::closed:
            return request_fsm::session_state::broken;
        case status::ok:
        case status::query_error:
        case status::query_timeout:
        case status::query_cancelled:
        case status::pool_timeout:
        case status::permission_denied:
        case status::invalid_parameter:
        case status::credential_error:
        case status::resource_limit:
        case status::unsupported:
        case status::not_found:
        case status::conflict:
        case status::forked_process:
            return request_fsm::session_state::usable;
    }
    return request_fsm::session_state::broken;
}

}  // namespace

work::work(std::shared_ptr<session_pool> pool, base::deadline limit)
    : pool_(std::move(pool)),
      limit_(std::move(limit)),
      id_(pool_->next_id()),
      traced_(base::tracing()) {}

void work::trace(std::string_view source, std::string_view what) const noexcept {
    base::trace(source, id_, limit_.started_ns(), what);
}

void work::cancel() noexcept {
    pool_->stop(*this, ending::cancelled);
}

backend::session& work::session() noexcept {
    return *slot_->session;
}

bool work::session_was_idle() const noexcept {
    return slot_->idle_since_ns() != 0;
}

void work::started() {
    if (traced_) trace("host", session_was_idle() ? "has a session" : "has a session, a new one");
    if (limit_.passed(base::now_ns())) stop_here(ending::timed_out);
    // A new one too, once: its worker may have begun to drain while it logged in.
    const bool look = session_was_idle() || !std::exchange(looked_at_new_, true);
    if (fsm_.ended() == ending::none && look && !session().alive()) {
        return apply(fsm_.stale(), nullptr);
    }
    const request_step step = fsm_.started();
    if (step.run) {
        set_timer(limit_.at_ns());
        session().set_reports(reports());
    }
    apply(step, nullptr);
}

void work::stop_here(ending why) {
    if (fsm_.now() == request_fsm::phase::over || fsm_.ended() != ending::none) return;
    const error failure = pool_->named(stopped_error(why));
    apply(fsm_.stop(why), &failure);
}

error work::stopped_error(ending why) const {
    switch (why) {
        case ending::timed_out:
            return base::query_timeout_error(limit_, base::now_ns(), doing());
        case ending::closed:
            return base::closed_error("datasource '" + pool_->about().datasource + "'");
        case ending::none:
        case ending::finished:
        case ending::failed:
        case ending::cancelled:
        case ending::dropped:
            break;
    }
    return base::cancelled_error();
}

void work::no_session(ending why, error failure) {
    const error named = pool_->named(std::move(failure));
    apply(fsm_.no_session(why), &named);
}

bool work::verb_done() {
    if (fsm_.now() != request_fsm::phase::busy) return false;
    apply(fsm_.verb_done(), nullptr);
    return fsm_.now() == request_fsm::phase::quiet;
}

void work::verb_failed(error failure) {
    if (fsm_.now() != request_fsm::phase::busy) return;
    const request_fsm::session_state after = state_after(failure.kind);
    const error named = pool_->named(std::move(failure));
    apply(fsm_.verb_failed(after), &named);
}

void work::apply(request_step step, const error* failure) {
    const auto self = shared_from_this();
    if (step.answer) {
        decided(failure);
        pool_->count(fsm_.ended());
        // At once: the caller does not wait for what becomes of the session. A finished result is
        // told of when its session is back, so that the next query finds it there.
        if (failure != nullptr) flush();
    }
    if (step.run) run_verb();
    if (step.press) press();
    if (step.reset) begin_reset();
    if (!step.give_back && !step.destroy) return;
    set_timer(base::never_ns);
    session().set_reports({});
    count_cancel();
    if (step.wait_again) {
        if (traced_) trace("host", "its session turned out dead; waits for another");
        pool_->replace(*this);
    } else if (step.destroy) {
        if (traced_) trace("host", std::string("its session is destroyed: ") + to_text(drop_as_));
        pool_->drop(*this, drop_as_);
    } else {
        if (traced_) trace("host", "its session is free again");
        pool_->give_back(*this);
    }
}

base::loop_hold work::hold_loop() const {
    return base::loop_hold(base::loop_driver::of(slot_->executor));
}

void work::set_timer(std::int64_t at_ns) {
    base::timers::of(slot_->executor).set(*this, at_ns);
}

void work::expired() noexcept {
    const auto self = shared_from_this();
    if (fsm_.ended() == ending::none) return stop_here(ending::timed_out);
    if (base::now_ns() >= grace_ends_ns_) {
        drop_as_ = drop_reason::grace_passed;
        return apply(fsm_.grace_passed(), nullptr);
    }
    press();
}

void work::press() {
    const std::int64_t now = base::now_ns();
    if (grace_ends_ns_ == 0) {
        grace_ends_ns_ = now + base::cancel_grace_ns;
        next_press_ns_ = base::first_recancel_ns;
        pool_->figures().cancel_sent();
    }
    if (traced_) trace("host", "cancel sent");
    set_timer(std::min(now + next_press_ns_, grace_ends_ns_));
    next_press_ns_ *= 2;
    session().cancel();
}

void work::count_cancel() noexcept {
    if (next_press_ns_ == 0) return;
    if (drop_as_ == drop_reason::grace_passed) {
        pool_->figures().cancel_escalated();
    } else {
        pool_->figures().cancel_confirmed();
    }
}

void work::begin_reset() {
    if (grace_ends_ns_ == 0) grace_ends_ns_ = base::now_ns() + base::cancel_grace_ns;
    drop_as_ = drop_reason::reset_failed;
    set_timer(grace_ends_ns_);
    session().set_reports({});
    const auto self = shared_from_this();
    session().reset({grace_ends_ns_, id_}, [self](result<void> done) {
        self->apply(done ? self->fsm_.reset_done() : self->fsm_.reset_failed(), nullptr);
    });
}

}  // namespace qry::session
