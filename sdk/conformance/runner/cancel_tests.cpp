// Cancelling: it ends the statement soon, and never the next one.
#include <algorithm>
#include <random>
#include <string>

#include "test_case.hpp"

namespace qry::conformance {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

constexpr nanoseconds promptly = 2s;

// Runs a statement to its end, cancelled `delay` after it began.
result<table> cancelled(session& s, const std::string& sql, nanoseconds delay) {
    const std::int64_t begun = monotonic_ns();
    const auto options = [&] {
        const nanoseconds left = delay - nanoseconds(monotonic_ns() - begun);
        return call_options{.patience = 6s, .cancel_after = std::max(left, nanoseconds(0))};
    };
    auto head = s.execute(sql, options());
    if (!head) return std::move(head).error();
    table out;
    out.schema = std::move(head->schema);
    while (out.schema) {
        auto batch = s.next(options());
        if (!batch) return std::move(batch).error();
        if (!*batch) break;
        out.batches.push_back(std::move(*batch));
    }
    return out;
}

std::string in_ms(nanoseconds span) {
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(span).count()) +
           " ms";
}

void must_be_cancelled(bench& b, session& s, nanoseconds delay) {
    const std::string& slow = need(b.with().sql.slow, "slow");
    const std::string sent = "execute: " + slow + ", cancel after " + in_ms(delay);
    const std::int64_t begun = monotonic_ns();
    const auto out = cancelled(s, slow, delay);
    const nanoseconds late = nanoseconds(monotonic_ns() - begun) - delay;
    if (s.hung()) b.settle();
    expect(!out, {sent, "it ran to its end", "cancel does not reach the server or the library"});
    expect(
        out.error().kind == status::query_cancelled,
        {sent, describe(out.error()), "a verb that was cancelled ends with QRY_QUERY_CANCELLED"}
    );
    expect(
        late < promptly,
        {sent, "it ended " + in_ms(late) + " after that", "poll the flag more often, or re-send"}
    );
    b.must_be_usable(s, "a cancelled statement");
}

void at_the_start(bench& b) {
    const auto s = b.connect();
    must_be_cancelled(b, *s, 0ns);
}

void in_the_middle(bench& b) {
    const auto s = b.connect();
    must_be_cancelled(b, *s, 300ms);
    b.must(s->reset(bench::usual()), "reset after a cancelled statement", "");
    must_be_cancelled(b, *s, 50ms);
}

void idle(bench& b) {
    const auto s = b.connect();
    for (int i = 0; i < 10; ++i) {
        s->cancel();
        b.must_be_usable(*s, "cancel with nothing in flight");
    }
    b.must(s->reset(bench::usual()), "reset after such cancels", "");
    b.must_be_usable(*s, "cancel with nothing in flight, reset");
}

void never_the_next(bench& b) {
    const std::string& slow = need(b.with().sql.slow, "slow");
    const auto s = b.connect();
    // Always the same sequence: what fails once can be repeated.
    std::minstd_rand dice(20);
    for (int i = 0; i < 50; ++i) {
        const nanoseconds delay = std::chrono::microseconds(dice() % 20'000);
        const auto out = cancelled(*s, slow, delay);
        if (s->hung()) b.settle();
        expect(
            !out && out.error().kind == status::query_cancelled,
            {"execute: " + slow + ", cancel after " + std::to_string(delay / 1us) + " µs",
             out ? "it ran to its end" : describe(out.error()),
             "it ends with QRY_QUERY_CANCELLED"}
        );
        b.must_be_usable(*s, "cancel " + std::to_string(i + 1) + " of 50");
    }
}

// The cancel comes just when the statement ends by itself: either may win.
void race_with_the_end(bench& b) {
    const std::string& one = need(b.with().sql.one.sql, "one");
    const auto s = b.connect();
    std::minstd_rand dice(21);
    for (int i = 0; i < 50; ++i) {
        const nanoseconds delay = std::chrono::microseconds(dice() % 1'500);
        const auto out = cancelled(*s, one, delay);
        if (s->hung()) b.settle();
        expect(
            out || out.error().kind == status::query_cancelled,
            {"execute: " + one + ", cancel after " + std::to_string(delay / 1us) + " µs",
             out ? "" : describe(out.error()),
             "it succeeds or ends with QRY_QUERY_CANCELLED"}
        );
        b.must_be_usable(*s, "a cancel that raced with the end of its statement");
    }
}

void between_batches(bench& b) {
    const std::string& many = need(b.with().sql.many, "many");
    const auto s = b.connect();
    statement small;
    small.sql = many;
    small.batch_rows = 100;
    b.must(s->execute(std::move(small), bench::usual()), "execute: " + many, "");
    b.must(s->next(bench::usual()), "next", "");
    s->cancel();
    // Nothing was in flight, so rows may follow; an end by cancelling is allowed too.
    const auto after = s->next({.patience = 10s, .cancel_after = 0ns});
    const std::string sent = "execute: " + many + ", next, cancel, next, cancel during it";
    expect(
        after || after.error().kind == status::query_cancelled,
        {sent, after ? "" : describe(after.error()), "rows, or QRY_QUERY_CANCELLED"}
    );
    b.must(s->reset(bench::usual()), sent + ", reset", "");
    b.must_be_usable(*s, "cancel between batches, reset");
}

// A statement that waits must not hold the loop, or no other session of it moves.
void loop_stays_free(bench& b) {
    if (!b.plugin().is_async()) throw not_applicable{"a blocking driver has no loop"};
    const auto s = b.connect();
    must_be_cancelled(b, *s, 200ms);
    const auto longest = b.on().loop->longest_callback();
    expect(
        longest < 500ms,
        {"connect, a slow statement, cancel",
         "one callback held the loop for " + in_ms(longest),
         "something blocks: a name look-up, a blocking send, PQcancel"}
    );
    if (longest > 50ms) b.warn("one callback held the loop for " + in_ms(longest));
}

constexpr test_case tests[] = {
    {"cancel.at_the_start",
     "A statement that was just started can be cancelled.",
     at_the_start,
     QRY_CAN_CANCEL},
    {"cancel.in_the_middle",
     "A running statement ends within 2 s of its cancel.",
     in_the_middle,
     QRY_CAN_CANCEL},
    {"cancel.idle", "cancel with nothing in flight does nothing.", idle, QRY_CAN_CANCEL},
    {"cancel.never_the_next",
     "50 cancels, and none hits the statement after.",
     never_the_next,
     QRY_CAN_CANCEL,
     120s},
    {"cancel.race_with_the_end",
     "A late cancel does no harm.",
     race_with_the_end,
     QRY_CAN_CANCEL,
     60s},
    {"cancel.between_batches",
     "cancel between two batches leaves a session that resets.",
     between_batches,
     QRY_CAN_CANCEL},
    {"cancel.loop_stays_free",
     "No callback of an async driver blocks its loop.",
     loop_stays_free,
     QRY_CAN_CANCEL},
};

}  // namespace

std::span<const test_case> cancel_tests() {
    return tests;
}

}  // namespace qry::conformance
