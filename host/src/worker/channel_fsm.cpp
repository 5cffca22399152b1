#include "worker/channel_fsm.hpp"

#include <utility>

namespace qry::worker {

const char* to_text(channel_fsm::state which) noexcept {
    switch (which) {
        case channel_fsm::state::connecting:
            return "connecting";
        case channel_fsm::state::ready:
            return "ready";
        case channel_fsm::state::executing:
            return "executing";
        case channel_fsm::state::starved:
            return "waiting for credit";
        case channel_fsm::state::fetching:
            return "fetching";
        case channel_fsm::state::tidying:
            return "tidying up";
        case channel_fsm::state::resetting:
            return "resetting";
        case channel_fsm::state::closing:
            return "closing";
        case channel_fsm::state::over:
            return "over";
    }
    return "nowhere";
}

// Every verb has a number above the last one's.
std::optional<std::string> channel_fsm::take_number(std::uint32_t verb, const char* what) {
    if (verb <= verb_) {
        return std::string(what) + " has number " + std::to_string(verb) +
               "; the verb before it had " + std::to_string(verb_);
    }
    verb_ = verb;
    return std::nullopt;
}

channel_fsm::verdict channel_fsm::wrong_now(const char* what) const {
    return {.wrong = std::string(what) + " came while the channel was " + to_text(state_)};
}

channel_step channel_fsm::call(call_kind what, state next) {
    state_ = next;
    calling_ = what;
    return {.call = what};
}

channel_fsm::verdict channel_fsm::ask(
    call_kind what, std::uint32_t verb, std::uint32_t credit, afterwards then
) {
    const char* name = what == call_kind::execute ? "execute" : "introspect";
    if (state_ != state::ready) return wrong_now(name);
    if (auto wrong = take_number(verb, name)) return {.wrong = std::move(wrong)};
    credit_ = credit;
    then_ = then;
    cancelled_ = false;
    return {.step = call(what, state::executing)};
}

// For a verb that has ended it came too late, which is nobody's fault.
channel_fsm::verdict channel_fsm::credit(std::uint32_t verb, std::uint32_t batches) {
    if (verb > verb_) {
        return {.wrong = "credit came for verb " + std::to_string(verb) + ", which has not begun"};
    }
    if (verb < verb_ || asked_else()) return {};
    credit_ += batches;
    if (state_ != state::starved || credit_ == 0) return {};
    return {.step = call(call_kind::next, state::fetching)};
}

channel_fsm::verdict channel_fsm::cancel(std::uint32_t verb) {
    if (verb > verb_) {
        return {.wrong = "cancel came for verb " + std::to_string(verb) + ", which has not begun"};
    }
    if (verb < verb_ || cancelled_) return {};
    switch (state_) {
        case state::connecting:
        case state::executing:
        case state::fetching:
            cancelled_ = true;
            return {.step = {.press = true}};
        case state::starved:
            state_ = state::ready;
            return {.step = muted({.verb = verb_, .say_cancelled = true})};
        case state::ready:
        // A reset is short, and what it is for.
        case state::tidying:
        case state::resetting:
        case state::closing:
        case state::over:
            return {};
    }
    return {};
}

// The plugin's answer is not wanted any more: press it, unless it is a reset that runs.
channel_step channel_fsm::stop_for_others() {
    const bool busy =
        state_ == state::connecting || state_ == state::executing || state_ == state::fetching;
    cancelled_ = cancelled_ || busy;
    return {.press = busy};
}

channel_fsm::verdict channel_fsm::reset(std::uint32_t verb) {
    switch (state_) {
        case state::ready:
        case state::starved:
            if (auto wrong = take_number(verb, "reset")) return {.wrong = std::move(wrong)};
            return {.step = call(call_kind::reset, state::resetting)};
        case state::executing:
        case state::fetching:
        case state::tidying:
            if (asked_else()) return wrong_now("a second reset");
            if (auto wrong = take_number(verb, "reset")) return {.wrong = std::move(wrong)};
            reset_ = verb;
            return {.step = stop_for_others()};
        case state::connecting:
        case state::resetting:
        case state::closing:
        case state::over:
            break;
    }
    return wrong_now("reset");
}

channel_fsm::verdict channel_fsm::close(std::uint32_t verb) {
    if (close_ || state_ == state::over) return wrong_now("a second close");
    if (auto wrong = take_number(verb, "close")) return {.wrong = std::move(wrong)};
    close_ = verb;
    if (state_ == state::ready || state_ == state::starved) {
        return {.step = call(call_kind::close, state::closing)};
    }
    return {.step = stop_for_others()};
}

channel_step channel_fsm::leave() {
    if (state_ == state::over) return {};
    muted_ = true;
    if (close_) return {};
    return close(verb_ + 1).step;
}

channel_step channel_fsm::give_up() {
    if (!close_ || state_ == state::closing || state_ == state::over ||
        state_ == state::connecting) {
        return {};
    }
    return call(call_kind::close, state::closing);
}

channel_step channel_fsm::muted(channel_step step) const noexcept {
    if (muted_) {
        step.say = say_kind::none;
        step.say_cancelled = false;
    }
    return step;
}

channel_step channel_fsm::ended(call_kind what, outcome how) {
    if (what != calling_ || state_ == state::over) return {};
    calling_ = call_kind::none;
    switch (what) {
        case call_kind::connect:
        case call_kind::test:
            return muted(ended_connect(how));
        case call_kind::execute:
        case call_kind::introspect:
            return muted(ended_execute(how));
        case call_kind::next:
            return muted(ended_next(how));
        case call_kind::reset:
            return muted(state_ == state::tidying ? ended_tidy(how) : ended_reset(how));
        case call_kind::close:
            return muted(ended_close());
        case call_kind::none:
            break;
    }
    return {};
}

channel_step channel_fsm::ended_connect(outcome how) {
    const bool has_session = how == outcome::done;
    if (close_) {
        // A test, and a connect that failed, leave nothing to close.
        if (has_session) return call(call_kind::close, state::closing);
        return ended_close();
    }
    if (how == outcome::failed) {
        state_ = state::over;
        return {.say = say_kind::failed, .verb = verb_, .over = true};
    }
    if (how == outcome::tested) {
        state_ = state::over;
        return {.say = say_kind::done, .verb = verb_, .over = true};
    }
    state_ = state::ready;
    return {.say = say_kind::connected, .verb = verb_};
}

channel_step channel_fsm::go_on_with_asked() {
    if (close_) return call(call_kind::close, state::closing);
    reset_.reset();
    return call(call_kind::reset, state::resetting);
}

channel_step channel_fsm::fail_verb() {
    state_ = state::ready;
    return {.say = say_kind::failed, .verb = verb_};
}

channel_step channel_fsm::read_on(channel_step step) {
    step.verb = verb_;
    if (cancelled_) {
        // The plugin was quicker than the cancel. Nobody shall wait for rows that do not come.
        state_ = state::ready;
        step.say_cancelled = true;
    } else if (credit_ > 0) {
        step.call = call(call_kind::next, state::fetching).call;
    } else {
        state_ = state::starved;
    }
    return step;
}

channel_step channel_fsm::ended_execute(outcome how) {
    if (asked_else()) return go_on_with_asked();
    if (how == outcome::failed) return fail_verb();
    if (how == outcome::rows || then_ == afterwards::leave) return read_on({.say = say_kind::head});
    channel_step step = call(call_kind::reset, state::tidying);
    step.say = say_kind::head;
    step.verb = verb_;
    return step;
}

channel_step channel_fsm::ended_next(outcome how) {
    if (asked_else()) return go_on_with_asked();
    if (how == outcome::failed) return fail_verb();
    if (how == outcome::end && then_ == afterwards::leave) {
        state_ = state::ready;
        return {.say = say_kind::ended_dirty, .verb = verb_};
    }
    if (how == outcome::end) return call(call_kind::reset, state::tidying);
    --credit_;
    return read_on({.say = say_kind::batch});
}

channel_step channel_fsm::ended_tidy(outcome how) {
    if (close_) return call(call_kind::close, state::closing);
    const auto asked = std::exchange(reset_, std::nullopt);
    state_ = state::ready;
    if (asked) {
        return {.say = how == outcome::done ? say_kind::done : say_kind::failed, .verb = *asked};
    }
    return {.say = how == outcome::done ? say_kind::ended : say_kind::ended_dirty, .verb = verb_};
}

channel_step channel_fsm::ended_reset(outcome how) {
    if (close_) return call(call_kind::close, state::closing);
    state_ = state::ready;
    return {.say = how == outcome::done ? say_kind::done : say_kind::failed, .verb = verb_};
}

channel_step channel_fsm::ended_close() {
    state_ = state::over;
    return {.say = say_kind::done, .verb = verb_, .over = true};
}

// Whatever was to follow does not: the call of a step that could not be said is not made.
channel_step channel_fsm::unsendable() {
    if (state_ == state::over) return {};
    calling_ = call_kind::none;
    return muted(fail_verb());
}

}  // namespace qry::worker
