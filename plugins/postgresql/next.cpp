// next: batches out of what has arrived, and reset, which ends what is left.
#include <qry/clock.hpp>

#include "dialect.hpp"
#include "error.hpp"
#include "session.hpp"

namespace qry::postgresql {

namespace {

// A batch that is not full is handed over this long after it was asked for, so that a slow query
// shows its rows; the first one as soon as it has a row.
constexpr std::int64_t batch_patience = 100'000'000;

}  // namespace

// Everything that was wanted has been read: a batch, an error, or the end.
result<unique_array> session::take_batch() {
    const bool ended = conversation_.idle();
    if (ended) {
        if (auto e = outcome()) {
            result_open_ = false;
            reader_.reset();
            sink_ = nullptr;
            return std::move(*e);
        }
    }
    if (reader_ && reader_->rows() > 0) {
        first_batch_ = false;
        return reader_->finish();
    }
    result_open_ = false;
    reader_.reset();
    sink_ = nullptr;
    in_.shrink();
    return unique_array();
}

std::optional<result<unique_array>> session::next_now(call c) {
    if (!result_open_ || unusable()) return std::nullopt;
    const verb_scope scope(*this, c);
    const bool was_idle = conversation_.idle();
    const reached r = pump(until::batch);
    // Errors, and what needs settling, are for the coroutine.
    if (r != reached::yes || own_failure_) return std::nullopt;
    if (conversation_.idle() && !was_idle) after_run();
    return take_batch();
}

task<result<unique_array>> session::next(call c) {
    if (!result_open_) {
        co_return error{.message = "next was called without an open result"};
    }
    const verb_scope scope(*this, c);
    if (auto e = unusable()) {
        result_open_ = false;
        co_return std::move(*e);
    }
    const bool was_idle = conversation_.idle();
    for (;;) {
        auto read = co_await drive(until::batch, later(now_ns(), batch_patience));
        if (!read) {
            result_open_ = false;
            co_return std::move(read).error();
        }
        if (conversation_.idle() || (reader_ && reader_->rows() > 0)) break;
    }
    if (conversation_.idle()) {
        auto settled = co_await settle();
        if (!settled) {
            result_open_ = false;
            co_return std::move(settled).error();
        }
        if (!was_idle) after_run();
    }
    co_return take_batch();
}

// The reset is sent at once, so that locks and temporary tables do not outlive their user; its
// answer is read in front of the next statement's, unless a transaction is open: then whether it
// really ended is worth a round trip.
void session::queue_reset() {
    const bool in_transaction = conversation_.transaction() != 'I';
    std::string sql;
    if (in_transaction) sql = "ROLLBACK;";
    sql += options_.speaks->reset_sql(user_prepared_);
    if (user_prepared_) statements_.clear();
    out_.query(sql);
    conversation_.expect(segment::quiet);
    dirty_ = false;
    user_prepared_ = false;
}

task<result<void>> session::reset(call c) {
    const verb_scope scope(*this, c);
    if (!conversation_.idle() && !lost_) {
        if (conversation_.running()) {
            auto drained = co_await drain();
            if (!drained) co_return std::move(drained);
            dirty_ = true;
        }
    }
    result_open_ = false;
    reader_.reset();
    sink_ = nullptr;
    own_failure_.reset();
    in_.shrink();
    if (auto e = unusable()) co_return std::move(*e);
    const bool in_transaction = conversation_.transaction() != 'I';
    if (stained_) {
        unfit_ = true;
        co_return connection_lost("it may hold what its user made, and nothing takes that away");
    }
    if (!dirty_ && !in_transaction) co_return result<void>();
    queue_reset();
    auto sent = co_await flush();
    if (!sent) co_return std::move(sent);
    if (!in_transaction) co_return result<void>();
    auto answered = co_await drive(until::idle);
    if (!answered) co_return std::move(answered);
    if (auto e = unusable()) co_return std::move(*e);
    if (conversation_.transaction() != 'I') {
        unfit_ = true;
        co_return connection_lost("a transaction could not be rolled back");
    }
    co_return result<void>();
}

}  // namespace qry::postgresql
