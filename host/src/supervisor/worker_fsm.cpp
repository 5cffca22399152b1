#include "supervisor/worker_fsm.hpp"

#include <algorithm>

#include "base/clock.hpp"

namespace qry::supervisor {

const char* to_text(worker_state state) noexcept {
    switch (state) {
        case worker_state::starting:
            return "starting";
        case worker_state::ready:
            return "ready";
        case worker_state::draining:
            return "draining";
        case worker_state::ending:
            return "ending";
        case worker_state::killed:
            return "killed";
        case worker_state::dead:
            return "dead";
    }
    return "unknown";
}

void worker_fsm::ready() noexcept {
    if (state_ != worker_state::starting) return;
    state_ = worker_state::ready;
    due_ns_ = base::never_ns;
}

std::int64_t worker_fsm::bound(drain_reason why) const noexcept {
    switch (why) {
        case drain_reason::upgraded:
            return limits_.upgraded_ns;
        case drain_reason::stuck:
            return limits_.stuck_ns;
        case drain_reason::closed:
            return limits_.closed_ns;
    }
    return limits_.closed_ns;
}

void worker_fsm::drain(drain_reason why, std::int64_t now) noexcept {
    if (state_ >= worker_state::ending) return;
    stuck_ = stuck_ || why == drain_reason::stuck;
    const std::int64_t due = now + bound(why);
    due_ns_ = state_ == worker_state::draining ? std::min(due_ns_, due) : due;
    state_ = worker_state::draining;
}

worker_action worker_fsm::look(std::int64_t now, worker_load load) noexcept {
    switch (state_) {
        case worker_state::starting:
        case worker_state::ending:
            return now >= due_ns_ ? worker_action::kill : worker_action::none;
        case worker_state::draining:
            if (now >= due_ns_) return worker_action::kill;
            if (load.unaware > 0) return worker_action::none;
            // It would never end by itself, and whoever holds an unused session gets another.
            if (stuck_ && load.busy == 0) return worker_action::kill;
            if (load.channels > 0) return worker_action::none;
            state_ = worker_state::ending;
            due_ns_ = now + limits_.end_ns;
            return worker_action::end;
        case worker_state::ready:
        case worker_state::killed:
        case worker_state::dead:
            return worker_action::none;
    }
    return worker_action::none;
}

void worker_fsm::killed() noexcept {
    if (state_ == worker_state::dead) return;
    state_ = worker_state::killed;
    due_ns_ = base::never_ns;
}

void worker_fsm::ended() noexcept {
    state_ = worker_state::dead;
    due_ns_ = base::never_ns;
}

}  // namespace qry::supervisor
