// next: batches out of what has arrived; reset and close, which end what is left.
#include <qry/clock.hpp>

#include "error.hpp"
#include "session.hpp"

namespace qry::starburst {

namespace {

// Rows that are here are handed over this long after they were asked for, so that a slow query
// shows them.
constexpr std::int64_t batch_patience = 100 * millisecond;

}  // namespace

task<result<unique_array>> session::next(call c) {
    if (walk_) {
        begin_verb();
        auto batch = co_await walk_->next(c);
        if (!batch || !*batch) co_await end_result();
        end_verb();
        if (!batch) co_return outcome(std::move(batch).error());
        co_return std::move(batch);
    }
    if (!statement_) co_return error{.message = "next was called without an open result"};
    begin_verb();
    auto batch = co_await take_batch(c.deadline_ns());
    if (!batch || !*batch) {
        if (batch) report_warnings(c);
        co_await end_result();
    }
    end_verb();
    if (!batch) co_return outcome(std::move(batch).error());
    co_return std::move(batch);
}

// Fills the batch from piece to piece, and stops early when rows would have to wait for more.
task<result<unique_array>> session::take_batch(std::int64_t deadline_ns) {
    const std::int64_t asked = now_ns();
    for (;;) {
        if (in_piece_) {
            auto more = reader_->take(*batch_);
            if (!more) co_return std::move(more).error();
            in_piece_ = *more;
            if (batch_->full() || in_piece_) co_return batch_->finish();
        }
        if (batch_->rows() > 0) {
            const bool here = co_await pieces_->wait(asked + batch_patience);
            if (!here) co_return batch_->finish();
        }
        if (cancel_requested_) {
            co_return error{.kind = status::query_cancelled, .message = "the query was cancelled"};
        }
        auto piece = co_await pieces_->next(deadline_ns);
        stats_ = statement_->now().stats;
        if (!piece) co_return std::move(piece).error();
        if (piece->text.empty()) {
            if (batch_->rows() > 0) co_return batch_->finish();
            co_return unique_array();
        }
        auto begun = piece->open(*reader_);
        if (!begun) co_return std::move(begun).error();
        in_piece_ = true;
    }
}

task<void> session::end_result() {
    stopping_ = true;
    if (pieces_) co_await pieces_->stop();
    if (statement_) co_await statement_->stop();
    pieces_.reset();
    statement_.reset();
    reader_.reset();
    batch_.reset();
    in_piece_ = false;
    if (walk_) co_await walk_->stop();
    walk_.reset();
    stopping_ = false;
}

task<result<void>> session::roll_back(std::int64_t deadline_ns) {
    statement ending(link_, "");
    auto done = co_await ending.begin("ROLLBACK", deadline_ns);
    while (done && !ending.ended())
        done = co_await ending.follow(deadline_ns);
    co_await ending.stop();
    co_return std::move(done);
}

task<result<void>> session::reset(call c) {
    begin_verb();
    co_await end_result();
    result<void> done;
    // The server ends a transaction that is idle for five minutes by itself; it may hold locks.
    if (!state_.transaction.empty()) done = co_await roll_back(c.deadline_ns());
    state_ = options_.initial;
    end_verb();
    co_return std::move(done);
}

task<void> session::close(call c) {
    (void)co_await reset(c);
}

}  // namespace qry::starburst
