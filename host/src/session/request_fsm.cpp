#include "session/request_fsm.hpp"

#include <utility>

namespace qry::session {

bool request_fsm::decide(ending why) noexcept {
    if (ending_ != ending::none) return false;
    ending_ = why;
    return true;
}

request_step request_fsm::started() noexcept {
    if (ending_ != ending::none) {
        // Stopped on the way from the pool; the session was not touched.
        phase_ = phase::over;
        return {.give_back = true};
    }
    phase_ = phase::busy;
    return {.run = true};
}

request_step request_fsm::stale() noexcept {
    if (ending_ != ending::none) {
        phase_ = phase::over;
        return {.destroy = true};
    }
    phase_ = phase::waiting;
    return {.destroy = true, .wait_again = true};
}

request_step request_fsm::verb_done() noexcept {
    if (phase_ != phase::busy) return {};
    if (ending_ != ending::none) {
        // It won the race against the cancel; the caller has been told otherwise.
        phase_ = phase::resetting;
        return {.reset = true};
    }
    phase_ = phase::quiet;
    return {};
}

request_step request_fsm::go_on() noexcept {
    if (phase_ != phase::quiet) return {};
    phase_ = phase::busy;
    return {.run = true};
}

request_step request_fsm::finish() noexcept {
    if (phase_ != phase::quiet) return {};
    phase_ = phase::resetting;
    return {.answer = decide(ending::finished), .reset = true};
}

request_step request_fsm::verb_failed(session_state after) noexcept {
    if (phase_ != phase::busy) return {};
    request_step step{.answer = decide(ending::failed)};
    if (after == session_state::broken) {
        phase_ = phase::over;
        step.destroy = true;
    } else {
        phase_ = phase::resetting;
        step.reset = true;
    }
    return step;
}

request_step request_fsm::no_session(ending why) noexcept {
    if (phase_ != phase::waiting) return {};
    phase_ = phase::over;
    return {.answer = decide(why)};
}

request_step request_fsm::stop(ending why) noexcept {
    if (phase_ == phase::over || !decide(why)) return {};
    request_step step{.answer = true};
    switch (phase_) {
        case phase::waiting:
            phase_ = phase::over;
            break;
        case phase::busy:
            step.press = true;
            break;
        case phase::quiet:
            phase_ = phase::resetting;
            step.reset = true;
            break;
        // granted: started() gives the session back. resetting: its end is decided.
        case phase::granted:
        case phase::resetting:
        case phase::over:
            break;
    }
    return step;
}

request_step request_fsm::reset_done() noexcept {
    if (phase_ != phase::resetting) return {};
    phase_ = phase::over;
    return {.give_back = true};
}

request_step request_fsm::reset_failed() noexcept {
    if (phase_ != phase::resetting) return {};
    phase_ = phase::over;
    return {.destroy = true};
}

request_step request_fsm::grace_passed() noexcept {
    if (phase_ != phase::busy && phase_ != phase::resetting) return {};
    phase_ = phase::over;
    return {.answer = decide(ending::timed_out), .destroy = true};
}

}  // namespace qry::session
