#include "session/execution.hpp"

#include <chrono>
#include <limits>
#include <utility>

#include <boost/asio/post.hpp>

#include "base/clock.hpp"
#include "base/errors.hpp"
#include "base/log.hpp"
#include "session/array_bytes.hpp"
#include "session/session_pool.hpp"
#include "session/slice.hpp"

namespace qry::session {

namespace {

// A server that talks without end must not fill the memory.
constexpr std::size_t most_notices = 1000;

// More than a small query has.
constexpr std::int64_t many_batches = 2;

// An open result that is held so long, and then dropped unread, was mostly forgotten: it kept a
// session from others.
constexpr std::chrono::seconds forgotten_after{60};

// What the caller holds; its end is the end of the query.
class open_result final : public query_result {
public:
    explicit open_result(std::shared_ptr<execution> of) : of_(std::move(of)) {}
    ~open_result() override { of_->let_go(); }
    const ArrowSchema* schema() const noexcept override { return of_->schema(); }
    void next(completion<unique_array> done) override { of_->next(std::move(done)); }
    void cancel() noexcept override { of_->cancel(); }
    std::int64_t rows_affected() const noexcept override { return of_->rows_affected(); }
    std::vector<query_notice> notices() const override { return of_->notices(); }
    duration elapsed() const noexcept override { return of_->elapsed(); }
    const std::string& query_id() const noexcept override { return of_->id(); }

private:
    const std::shared_ptr<execution> of_;
};

// Borrowed from the query, which the structure keeps alive: for a second try on another session.
template <class T>
unique_arrow<T> share(const std::shared_ptr<query>& owner, unique_arrow<T> query::*part) {
    T copy = *((*owner).*part);
    copy.private_data = new std::shared_ptr<query>(owner);
    copy.release = [](T* self) {
        delete static_cast<std::shared_ptr<query>*>(self->private_data);
        self->release = nullptr;
    };
    return unique_arrow<T>(&copy);
}

error already_reading() {
    return {
        .kind = status::conflict,
        .message = "the next batch of this result is being read already",
        .hint = "wait for it before asking for another",
        .from = origin::host};
}

}  // namespace

execution::execution(
    std::shared_ptr<session_pool> pool,
    base::deadline limit,
    query what,
    completion<result_ptr> done
)
    : work(std::move(pool), std::move(limit)),
      query_(std::make_shared<query>(std::move(what))),
      has_args_(static_cast<bool>(query_->args)),
      rows_left_(query_->limit.value_or(std::numeric_limits<std::int64_t>::max())),
      done_(std::move(done)) {
    if (traced()) trace("client", "asked of '" + this->pool().about().datasource + "'");
}

backend::execute_arguments execution::arguments() {
    backend::execute_arguments out;
    if (session_was_idle()) {
        out.sql = query_->sql;
        out.options = query_->options;
        if (has_args_) {
            out.args_schema = share(query_, &query::args_schema);
            out.args = share(query_, &query::args);
        }
        return out;
    }
    // A session just opened gets no second try.
    out.sql = std::move(query_->sql);
    out.options = std::move(query_->options);
    out.args_schema = std::move(query_->args_schema);
    out.args = std::move(query_->args);
    return out;
}

void execution::run_verb() {
    auto self = std::static_pointer_cast<execution>(shared_from_this());
    if (!executed_) {
        if (traced()) trace("host", "sent");
        session().execute(
            context(),
            arguments(),
            [self = std::move(self)](result<backend::head> head) { self->on_head(std::move(head)); }
        );
    } else {
        session().next(context(), [self = std::move(self)](result<backend::batch> batch) {
            self->on_batch(std::move(batch));
        });
    }
}

void execution::on_head(result<backend::head> head) {
    if (!head) {
        const error& why = head.error();
        const bool unsent = why.kind == status::connection_failed && why.retryable;
        const bool running = fsm().now() == request_fsm::phase::busy;
        if (running && unsent && session_was_idle()) return replace_session();
        return verb_failed(std::move(head).error());
    }
    if (!verb_done()) return;
    executed_ = true;
    schema_ = std::move(head->schema);
    if (traced()) {
        const auto columns = schema_ ? schema_->n_children : 0;
        trace("host", "is executed, " + std::to_string(columns) + " columns");
    }
    {
        const std::lock_guard guard(mutex_);
        rows_affected_ = head->rows_affected;
    }
    if (!schema_ || rows_left_ == 0) finish();
    pump();
}

void execution::on_batch(result<backend::batch> batch) {
    if (!batch) return verb_failed(std::move(batch).error());
    if (!verb_done()) return;
    {
        const std::lock_guard guard(mutex_);
        rows_affected_ = batch->rows_affected;
        if (batch->rows) {
            if (batch->rows->length > rows_left_) {
                batch->rows = first_rows(std::move(batch->rows), *schema_, rows_left_);
            }
            rows_left_ -= batch->rows->length;
            count_batch(*batch->rows);
            ready_[ready_count_++] = std::move(batch->rows);
        } else {
            complete_ = true;
        }
    }
    // A long result: not on the thread of a caller who waits for others too.
    if (batches_ == many_batches && !complete_) hold_ = hold_loop();
    if (complete_ || rows_left_ == 0) finish();
    pump();
}

void execution::count_batch(const ArrowArray& rows) {
    const std::uint64_t bytes = array_bytes(*schema_, rows);
    pool().figures().delivered(rows.length, bytes);
    ++batches_;
    if (!traced()) return;
    trace(
        "host",
        "batch " + std::to_string(batches_) + ", " + std::to_string(rows.length) + " rows, " +
            std::to_string(bytes) + " bytes"
    );
}

void execution::count_end(const error* failure) {
    const duration took(ended_ns_ - limit().started_ns());
    // Whoever lets go of an open result has had of it what he wanted.
    if (failure == nullptr || fsm().ended() == ending::dropped) {
        pool().figures().succeeded(took);
    } else {
        pool().figures().failed(failure->kind, took);
    }
    if (!traced()) return;
    const bool dropped = fsm().ended() == ending::dropped;
    trace("host", failure == nullptr ? "ended" : dropped ? "was let go" : kind_name(failure->kind));
}

bool execution::wants_batch() {
    if (fsm().now() != request_fsm::phase::quiet) return false;
    const std::lock_guard guard(mutex_);
    // Before anybody reads, one more than the first: it is mostly the end.
    return ready_count_ < (reading_ ? 1U : 2U);
}

// A plugin that has its answer at hand completes within the call: a loop, not a recursion.
void execution::pump() {
    if (pumping_) return;
    pumping_ = true;
    do {
        while (wants_batch())
            go_on();
    } while (deliver());
    pumping_ = false;
}

void execution::decided(const error* failure) {
    hold_ = {};
    const std::lock_guard guard(mutex_);
    ended_ns_ = base::now_ns();
    ended_ = true;
    count_end(failure);
    if (failure == nullptr) return;
    failure_ = *failure;
    // What was read ahead is part of a result that failed.
    for (std::size_t i = 0; i < ready_count_; ++i)
        ready_[i].reset();
    ready_count_ = 0;
}

void execution::flush() {
    (void)deliver();
}

bool execution::deliver() {
    std::unique_lock held(mutex_);
    if (ready_count_ == 0 && !ended_) return false;
    if (done_) {
        auto done = std::exchange(done_, nullptr);
        delivered_ = true;
        delivered_ns_ = base::now_ns();
        if (traced()) trace("client", failure_ ? "answered with an error" : "answered");
        if (failure_) {
            error copy = *failure_;
            held.unlock();
            done(std::move(copy));
            return false;
        }
        held.unlock();
        auto self = std::static_pointer_cast<execution>(shared_from_this());
        done(result_ptr(std::make_shared<open_result>(std::move(self))));
        return true;
    }
    if (!pending_) return false;
    auto pending = std::exchange(pending_, nullptr);
    if (failure_) {
        error copy = *failure_;
        held.unlock();
        pending(std::move(copy));
        return false;
    }
    unique_array batch;
    if (ready_count_ > 0) {
        batch = std::move(ready_[0]);
        ready_[0] = std::move(ready_[1]);
        --ready_count_;
    }
    held.unlock();
    pending(std::move(batch));
    return true;
}

void execution::next(completion<unique_array> done) {
    std::unique_lock held(mutex_);
    reading_ = true;
    if (pending_) {
        held.unlock();
        return done(already_reading());
    }
    if (failure_) {
        error copy = *failure_;
        held.unlock();
        return done(std::move(copy));
    }
    if (ready_count_ == 0 && !ended_) {
        // The loop is reading, or is about to: what is ready goes to whoever waits first.
        pending_ = std::move(done);
        return;
    }
    unique_array batch;
    if (ready_count_ > 0) {
        batch = std::move(ready_[0]);
        ready_[0] = std::move(ready_[1]);
        --ready_count_;
    }
    const bool room = ready_count_ == 0 && !ended_;
    held.unlock();
    if (room) pool().wake(*this);
    done(std::move(batch));
}

void execution::woken() {
    pump();
}

void execution::let_go() noexcept {
    {
        const std::lock_guard guard(mutex_);
        if (ended_) return;
    }
    const std::int64_t held = base::now_ns() - delivered_ns_;
    if (std::chrono::nanoseconds(held) > forgotten_after) warn_forgotten(held);
    pool().stop(*this, ending::dropped);
}

void execution::warn_forgotten(std::int64_t held_ns) noexcept {
    if (!pool().may_warn()) return;
    try {
        base::write_log(
            base::log_level::warn,
            "datasource '" + pool().about().datasource + "'",
            "the result of query " + id() + " was held for " +
                base::format_duration(std::chrono::nanoseconds(held_ns)) +
                " and dropped before its end; read results to their end, or cancel them"
        );
    } catch (...) {
        // No memory for the line.
    }
}

const ArrowSchema* execution::schema() const noexcept {
    return schema_ ? schema_.get() : nullptr;
}

std::int64_t execution::rows_affected() const noexcept {
    const std::lock_guard guard(mutex_);
    return rows_affected_;
}

std::vector<query_notice> execution::notices() const {
    const std::lock_guard guard(mutex_);
    return notices_;
}

duration execution::elapsed() const noexcept {
    const std::lock_guard guard(mutex_);
    return duration((ended_ns_ != 0 ? ended_ns_ : base::now_ns()) - limit().started_ns());
}

backend::reports execution::reports() {
    backend::reports out;
    auto self = std::static_pointer_cast<execution>(shared_from_this());
    out.on_notice = [self = std::move(self)](query_notice notice) {
        const std::lock_guard guard(self->mutex_);
        if (self->notices_.size() < most_notices) self->notices_.push_back(std::move(notice));
    };
    return out;
}

}  // namespace qry::session
