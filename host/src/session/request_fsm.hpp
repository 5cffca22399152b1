// One piece of work on one session, from the queue to the session's return: who ends it, what the
// caller is told, and what becomes of the session. No I/O, no clock.
#pragma once

#include <cstdint>

namespace qry::session {

// Who ended the work; the first one counts.
enum class ending {
    // Not yet.
    none,
    // It has come to its end.
    finished,
    // The plugin or the server said no, or no session was to be had.
    failed,
    // The caller's word.
    cancelled,
    // The deadline.
    timed_out,
    // The caller has let go of the open result.
    dropped,
    // The datasource is being closed.
    closed
};

// What is to be done now, in this order.
struct request_step {
    // Tell the caller how it ended.
    bool answer = false;
    // Call the first, or the next, verb of the work.
    bool run = false;
    // Ask the verb in flight to end, again and again, until it does or the grace is over.
    bool press = false;
    // Make the session as good as new, within the grace.
    bool reset = false;
    // The session goes back to the pool.
    bool give_back = false;
    // The session is destroyed.
    bool destroy = false;
    // Wait for another session, at the head of the queue.
    bool wait_again = false;
};

class request_fsm {
public:
    enum class phase {
        waiting,
        // A session is ours, nothing has been called on it.
        granted,
        // A verb is in flight.
        busy,
        // A result is open, no verb is in flight.
        quiet,
        resetting,
        // No session (any more), and the caller has been told.
        over
    };

    [[nodiscard]] phase now() const noexcept { return phase_; }
    [[nodiscard]] ending ended() const noexcept { return ending_; }

    // The pool has given a session; its loop will say started().
    void granted() noexcept { phase_ = phase::granted; }
    [[nodiscard]] request_step started() noexcept;
    // The session granted turned out dead before anything was sent.
    [[nodiscard]] request_step stale() noexcept;
    // The verb in flight has succeeded, and a result is open.
    [[nodiscard]] request_step verb_done() noexcept;
    // From quiet: another verb (next, or the next part).
    [[nodiscard]] request_step go_on() noexcept;
    // From quiet: the work is done, or the caller has all it asked for.
    [[nodiscard]] request_step finish() noexcept;
    enum class session_state { usable, broken };
    [[nodiscard]] request_step verb_failed(session_state after) noexcept;
    // While waiting: there will be no session.
    [[nodiscard]] request_step no_session(ending why) noexcept;
    // At any time: cancelled, timed_out, dropped or closed.
    [[nodiscard]] request_step stop(ending why) noexcept;
    [[nodiscard]] request_step reset_done() noexcept;
    [[nodiscard]] request_step reset_failed() noexcept;
    [[nodiscard]] request_step grace_passed() noexcept;

private:
    // True for the first.
    [[nodiscard]] bool decide(ending why) noexcept;

    phase phase_ = phase::waiting;
    ending ending_ = ending::none;
};

}  // namespace qry::session
