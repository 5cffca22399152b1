// One channel of a lane: what the host asked, what the plugin does, what is answered. No I/O, no
// clock, no thread.
//
// The plugin runs ahead of the host as far as its credit goes, and resets the session by itself
// when a result has ended; so an answer may find that the host has asked for something else by now
// (reset, close), and is then dropped.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace qry::worker {

// What to do now: first `say`, then `call`.
struct channel_step {
    enum class call_kind { none, connect, test, execute, introspect, next, reset, close };
    enum class say_kind { none, connected, head, batch, ended, ended_dirty, done, failed };

    say_kind say = say_kind::none;
    // Of what is said.
    std::uint32_t verb = 0;
    // After `say`: the verb ends as cancelled.
    bool say_cancelled = false;
    call_kind call = call_kind::none;
    // Ask the plugin to end what it does, and again until it has.
    bool press = false;
    // The channel is gone.
    bool over = false;
};

using call_kind = channel_step::call_kind;
using say_kind = channel_step::say_kind;

// How a call into the plugin ended.
enum class outcome {
    failed,
    // connect, reset, close.
    done,
    // test: there is no session.
    tested,
    // execute, introspect: a result set follows, or none does.
    rows,
    no_rows,
    // next.
    batch,
    end
};

// Not thread-safe.
class channel_fsm {
public:
    enum class state {
        connecting,
        // A verb may come.
        ready,
        executing,
        // Waits for credit.
        starved,
        fetching,
        // Resets without having been asked to.
        tidying,
        resetting,
        closing,
        over
    };

    // connect or test.
    [[nodiscard]] static channel_fsm open(call_kind how, std::uint32_t verb) {
        return channel_fsm(how, verb);
    }
    [[nodiscard]] channel_step begin() const { return {.call = calling_}; }

    // What the host says. An error in words when it may not say so now.
    struct verdict {
        std::optional<std::string> wrong;
        channel_step step{};
    };
    // execute or introspect. leave: the session is as the result left it, for the next verb to go
    // on with.
    enum class afterwards { tidy, leave };
    [[nodiscard]] verdict ask(
        call_kind what, std::uint32_t verb, std::uint32_t credit, afterwards then = afterwards::tidy
    );
    [[nodiscard]] verdict credit(std::uint32_t verb, std::uint32_t batches);
    [[nodiscard]] verdict cancel(std::uint32_t verb);
    [[nodiscard]] verdict reset(std::uint32_t verb);
    [[nodiscard]] verdict close(std::uint32_t verb);

    // What the plugin says. `what` is the call that ended; one that has been given up is ignored.
    [[nodiscard]] channel_step ended(call_kind what, outcome how);
    // What was to be said cannot be sent.
    [[nodiscard]] channel_step unsendable();
    // The plugin does not end in time for a close: the session is closed over its head.
    [[nodiscard]] channel_step give_up();
    // The host is gone: close without answers.
    [[nodiscard]] channel_step leave();

    [[nodiscard]] state now() const noexcept { return state_; }
    [[nodiscard]] call_kind calling() const noexcept { return calling_; }
    [[nodiscard]] bool wants_close() const noexcept { return close_.has_value(); }

private:
    channel_fsm(call_kind how, std::uint32_t verb) : calling_(how), verb_(verb) {}

    [[nodiscard]] std::optional<std::string> take_number(std::uint32_t verb, const char* what);
    [[nodiscard]] verdict wrong_now(const char* what) const;
    [[nodiscard]] channel_step call(call_kind what, state next);
    [[nodiscard]] channel_step stop_for_others();
    [[nodiscard]] channel_step ended_connect(outcome how);
    [[nodiscard]] channel_step ended_execute(outcome how);
    [[nodiscard]] channel_step ended_next(outcome how);
    [[nodiscard]] channel_step ended_tidy(outcome how);
    [[nodiscard]] channel_step ended_reset(outcome how);
    [[nodiscard]] channel_step ended_close();
    // On to what the host asked for meanwhile.
    [[nodiscard]] channel_step go_on_with_asked();
    [[nodiscard]] channel_step fail_verb();
    // Fetches, or waits for credit, or ends as cancelled.
    [[nodiscard]] channel_step read_on(channel_step step);
    [[nodiscard]] bool asked_else() const noexcept { return close_ || reset_; }
    [[nodiscard]] channel_step muted(channel_step step) const noexcept;

    state state_ = state::connecting;
    call_kind calling_;
    // Of the verb under way, or the last one.
    std::uint32_t verb_;
    std::uint64_t credit_ = 0;
    afterwards then_ = afterwards::tidy;
    bool cancelled_ = false;
    bool muted_ = false;
    // Asked for while the plugin was busy.
    std::optional<std::uint32_t> reset_;
    std::optional<std::uint32_t> close_;
};

[[nodiscard]] const char* to_text(channel_fsm::state which) noexcept;

}  // namespace qry::worker
