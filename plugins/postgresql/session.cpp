#include "session.hpp"

#include <algorithm>

#include <qry/clock.hpp>

#include "error.hpp"

namespace qry::postgresql {

session::session(loop_ref loop, link made, session_options options)
    : link_(std::move(made)),
      options_(options),
      transport_(link_.socket(), link_.tls()),
      place_(loop),
      statements_(options.statement_cache) {
    if (link_.cancel) canceller_.emplace(loop, *link_.cancel, place_);
}

// libpq says goodbye to the server and closes the socket, which must not be watched then.
session::~session() {
    if (canceller_) canceller_->abort();
    place_.unwatch();
}

void session::begin_verb(const call& c) noexcept {
    call_ = c;
    cancel_requested_ = false;
}

void session::end_verb() noexcept {
    call_.reset();
}

void session::lose(std::string why) {
    lost_ = true;
    lost_why_ = std::move(why);
}

error session::lost_error() const {
    if (conversation_.fatal()) {
        error e = make_error(*conversation_.fatal(), false);
        if (e.kind == status::query_error) {
            e.kind = status::connection_failed;
            e.retryable = true;
        }
        return e;
    }
    if (closing_) return {.kind = status::closed, .message = "the session was closed"};
    return connection_lost(lost_why_);
}

std::optional<error> session::unusable() const {
    if (lost_) return lost_error();
    if (unfit_) {
        error e = connection_lost("the session could not be brought back to a known state");
        if (conversation_.quiet_failure()) {
            e.detail = "The server said: " + conversation_.quiet_failure()->message;
        }
        return e;
    }
    return std::nullopt;
}

task<result<void>> session::drive(until goal, std::int64_t patience) {
    for (;;) {
        const reached r = pump(goal);
        if (r == reached::lost) co_return lost_error();
        // CopyFail may have been queued.
        if (!out_.empty()) {
            auto sent = co_await flush();
            if (!sent) co_return std::move(sent);
        }
        if (r == reached::yes) co_return result<void>();
        const bool stopping = discarding_ || cancel_requested_;
        // A refused COPY ends by itself.
        if (stopping && !copying_in_ && canceller_ && conversation_.running()) {
            canceller_->begin();
        }
        const std::int64_t limit = stopping ? no_deadline : patience;
        const wake why = co_await place_.wait(wait_events_, limit);
        // Without a verb this is a look around for test(), which can only be interrupted.
        if (closing_ || (why == wake::interrupted && !call_)) {
            lose("the session was closed");
            co_return lost_error();
        }
        if (why == wake::timeout && !cancel_requested_) co_return result<void>();
    }
}

// What the server said before it hung up is worth more than "broken pipe".
void session::hear_last_words() {
    while (receive()) {
    }
    frame f;
    while (in_.next(f) == input_buffer::next_result::complete) {
        if (conversation_.take(f) == conversation::event::broken) return;
    }
}

task<result<void>> session::flush() {
    while (!out_.empty()) {
        const io_result put = transport_.write(out_.pending());
        std::uint32_t events = QRY_WRITABLE;
        switch (put.state) {
            case io_state::done:
                out_.sent(put.bytes);
                just_sent_ = true;
                continue;
            case io_state::wants_read:
                events = QRY_READABLE;
                break;
            case io_state::wants_write:
                break;
            case io_state::closed:
            case io_state::failed:
                hear_last_words();
                lose(put.state == io_state::closed ? "the server closed it" : transport_.failure());
                co_return lost_error();
        }
        // A server that is stuck sending to us reads nothing: take what it has.
        (void)co_await place_.wait(events | QRY_READABLE, no_deadline);
        if (closing_) {
            lose("the session was closed");
            co_return lost_error();
        }
        (void)receive();
        if (lost_) co_return lost_error();
        just_sent_ = false;
    }
    co_return result<void>();
}

task<result<void>> session::settle() {
    if (!canceller_) co_return result<void>();
    canceller_->stop();
    while (canceller_->running()) {
        (void)co_await place_.sleep_until(no_deadline);
        if (closing_) {
            lose("the session was closed");
            co_return lost_error();
        }
    }
    place_.clear_interrupt();
    if (canceller_->stray()) unfit_ = true;
    co_return result<void>();
}

task<result<void>> session::drain() {
    discarding_ = true;
    // The rest may have arrived long ago: then there is nothing to cancel.
    const reached r = pump(until::idle);
    if (r == reached::lost) co_return lost_error();
    if (r == reached::must_wait) {
        auto ended = co_await drive(until::idle);
        if (!ended) co_return std::move(ended);
    }
    co_return co_await settle();
}

void session::cancel() noexcept {
    if (!call_ || cancel_requested_) return;
    cancel_requested_ = true;
    // Between two exchanges there is nothing to stop at the server; the verb looks at the flag.
    if (!canceller_ || copying_in_ || !conversation_.running()) return;
    try {
        canceller_->begin();
    } catch (...) {
        log(QRY_LOG_ERROR, "postgresql: out of memory while cancelling");
    }
}

bool session::alive() noexcept {
    if (lost_ || unfit_) return false;
    if (result_open_) return true;
    // It was heard a moment ago: a look would cost a system call, and events may overtake it
    // anyway.
    constexpr std::int64_t moment = 1'000'000;
    if (now_ns() - heard_ns_ < moment) return true;
    try {
        // The answer to a reset, a notice, or the server's last words.
        for (;;) {
            frame f;
            const auto next = in_.next(f);
            if (next == input_buffer::next_result::malformed) return false;
            if (next == input_buffer::next_result::incomplete) {
                if (!receive()) break;
            } else if (!pump_event(f)) {
                return false;
            }
        }
    } catch (...) {
        return false;
    }
    return !lost_ && !unfit_ && !conversation_.fatal();
}

task<void> session::close(call c) {
    if (call_) {
        // A verb hangs, past the host's patience: it ends here and now.
        closing_ = true;
        if (canceller_) canceller_->abort();
        place_.interrupt();
        co_return;
    }
    const verb_scope scope(*this, c);
    if (!lost_ && conversation_.running() && canceller_) {
        // The server does not notice that nobody listens until it writes: tell it.
        constexpr std::int64_t goodbye = 500'000'000;
        canceller_->begin();
        discarding_ = true;
        const std::int64_t until_ns = std::min(c.deadline_ns(), later(now_ns(), goodbye));
        while (pump(until::idle) == reached::must_wait && now_ns() < until_ns) {
            (void)co_await place_.wait(wait_events_, until_ns);
        }
        canceller_->abort();
    }
}

}  // namespace qry::postgresql
