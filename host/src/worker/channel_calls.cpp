// What a channel asks of the plugin, and what comes back.
#include <utility>

#include "base/flight_recorder.hpp"
#include "base/grace.hpp"
#include "base/post.hpp"
#include "worker/channel.hpp"

namespace qry::worker {

namespace {

error died_idle() {
    return {
        .kind = status::connection_failed,
        .message = "the connection was lost while it was idle",
        .from = origin::host,
        .retryable = true};
}

}  // namespace

void channel::call(call_kind what) {
    switch (what) {
        case call_kind::connect:
            return call_connect();
        case call_kind::test:
            return call_test();
        case call_kind::execute:
            return call_execute();
        case call_kind::introspect:
            return call_introspect();
        case call_kind::next:
            return call_next();
        case call_kind::reset:
            return call_reset();
        case call_kind::close:
            return call_close();
        case call_kind::none:
            return;
    }
}

backend::verb_context channel::context(std::int64_t deadline_ns) const {
    return {
        .deadline_ns = deadline_ns,
        .query_id = query_id_,
        .tag = base::flight_tag(static_cast<std::uint32_t>(lane_->number), number_),
        .started_ns = started_ns_};
}

void channel::call_connect() {
    auto done = [self = shared_from_this()](result<std::unique_ptr<backend::session>> made) {
        self->attempt_.reset();
        if (!made) return self->fail(call_kind::connect, std::move(made).error());
        self->session_ = std::move(*made);
        self->session_->set_reports(self->reports());
        self->finish(call_kind::connect, outcome::done);
    };
    auto attempt = lane_->driver->connect(context(deadline_ns_), connect_, std::move(done));
    if (awaited(call_kind::connect)) attempt_ = std::move(attempt);
}

void channel::call_test() {
    auto done = [self = shared_from_this()](result<void> passed) {
        self->attempt_.reset();
        if (!passed) return self->fail(call_kind::test, std::move(passed).error());
        self->finish(call_kind::test, outcome::tested);
    };
    auto attempt = lane_->driver->test(context(deadline_ns_), connect_, reports(), std::move(done));
    if (awaited(call_kind::test)) attempt_ = std::move(attempt);
}

void channel::call_execute() {
    // A session is not looked at before its first verb.
    if (std::exchange(used_, true) && !session_->alive()) {
        return fail(call_kind::execute, died_idle());
    }
    auto done = [self = shared_from_this()](result<backend::head> answer) {
        self->took_head(call_kind::execute, std::move(answer));
    };
    session_->execute(context(deadline_ns_), std::move(execute_), std::move(done));
}

void channel::call_introspect() {
    if (std::exchange(used_, true) && !session_->alive()) {
        return fail(call_kind::introspect, died_idle());
    }
    auto done = [self = shared_from_this()](result<backend::head> answer) {
        self->took_head(call_kind::introspect, std::move(answer));
    };
    const wire::introspect& what = introspect_;
    session_->introspect(context(deadline_ns_), what.part, what.first, what.last, std::move(done));
}

void channel::took_head(call_kind what, result<backend::head> answer) {
    if (!awaited(what)) return;
    if (!answer) return fail(what, std::move(answer).error());
    head_ = std::move(*answer);
    rows_affected_ = head_.rows_affected;
    type_.reset();
    if (!head_.schema) return finish(what, outcome::no_rows);
    auto type = arrow::import_field(*head_.schema);
    if (!type) return fail(what, std::move(type).error());
    type_ = std::move(*type);
    finish(what, outcome::rows);
}

void channel::call_next() {
    auto done = [self = shared_from_this()](result<backend::batch> answer) {
        if (!self->awaited(call_kind::next)) return;
        if (!answer) return self->fail(call_kind::next, std::move(answer).error());
        self->rows_affected_ = answer->rows_affected;
        self->rows_ = std::move(answer->rows);
        self->finish(call_kind::next, self->rows_ ? outcome::batch : outcome::end);
    };
    session_->next(context(deadline_ns_), std::move(done));
}

void channel::call_reset() {
    // Its own time: what is left of the query's has nothing to do with it.
    const bool asked = fsm_.now() == channel_fsm::state::resetting;
    const std::int64_t grace = base::add_ns(base::now_ns(), base::cancel_grace_ns);
    auto done = [self = shared_from_this()](result<void> answer) {
        if (!self->awaited(call_kind::reset)) return;
        if (!answer) return self->fail(call_kind::reset, std::move(answer).error());
        self->finish(call_kind::reset, outcome::done);
    };
    session_->reset(context(asked ? deadline_ns_ : grace), std::move(done));
}

void channel::call_close() {
    session_->set_reports({});
    auto done = [self = shared_from_this()](result<void>) {
        self->finish(call_kind::close, outcome::done);
    };
    session_->close(context(close_by_ns_), std::move(done));
}

void channel::fail(call_kind what, error why) {
    if (!awaited(what)) return;
    failure_ = std::move(why);
    finish(what, outcome::failed);
}

void channel::finish(call_kind what, outcome how) {
    if (!awaited(what)) return;
    pressing_ = false;
    give_up_at_ns_ = base::never_ns;
    set_timer(base::never_ns);
    run(fsm_.ended(what, how));
}

void channel::end() {
    lane_->on_over(number_);
    if (session_ == nullptr) return;
    // Its own completion may be on the stack.
    base::post(lane_->loop, [last = std::move(session_)] {});
}

}  // namespace qry::worker
