#include "session/counters.hpp"

#include <algorithm>
#include <chrono>

#include "session/session_pool.hpp"

namespace qry::session {

namespace {

std::uint64_t value(const std::atomic<std::uint64_t>& of) noexcept {
    return of.load(std::memory_order_relaxed);
}

// What only grows; how things stand now is left out.
void add_past(pool_stats& to, const pool_stats& from) {
    to.created += from.created;
    for (const auto& [reason, times] : from.destroyed)
        to.destroyed[reason] += times;
    to.acquired += from.acquired;
    to.timeouts += from.timeouts;
    to.cancelled += from.cancelled;
}

void add_now(pool_stats& to, const pool_stats& from) noexcept {
    to.size += from.size;
    to.idle += from.idle;
    to.in_use += from.in_use;
    to.waiting += from.waiting;
}

}  // namespace

std::size_t counters::place_of(status kind) noexcept {
    const auto at = static_cast<std::size_t>(kind);
    // A kind of a later minor, and an error that says it is none.
    return at > 0 && at < kinds ? at : static_cast<std::size_t>(status::plugin_error);
}

void counters::took(duration elapsed) noexcept {
    const auto& bounds = latency_histogram::bounds;
    std::size_t i = 0;
    while (i < bounds.size() && elapsed > bounds[i])
        ++i;
    add(latency_[i]);
    add(latency_ns_, static_cast<std::uint64_t>(std::max<duration::rep>(elapsed.count(), 0)));
}

void counters::succeeded(duration elapsed) noexcept {
    add(succeeded_);
    took(elapsed);
}

void counters::failed(status kind, duration elapsed) noexcept {
    add(errors_[place_of(kind)]);
    took(elapsed);
}

void counters::delivered(std::int64_t rows, std::uint64_t bytes) noexcept {
    add(rows_, static_cast<std::uint64_t>(rows));
    add(batches_);
    add(bytes_, bytes);
}

void counters::join(const session_pool& one) {
    const std::lock_guard guard(mutex_);
    pools_.push_back(&one);
}

void counters::leave(const session_pool& one) noexcept {
    const std::lock_guard guard(mutex_);
    std::erase(pools_, &one);
    try {
        add_past(left_, one.stats());
    } catch (...) {
        // No memory: its past is lost, and nothing else.
    }
}

pool_stats counters::pools() const {
    const std::lock_guard guard(mutex_);
    pool_stats out = left_;
    for (const session_pool* one : pools_) {
        const pool_stats own = one->stats();
        add_past(out, own);
        add_now(out, own);
    }
    return out;
}

void counters::fill(datasource_stats& out) const {
    out.pool = pools();
    std::uint64_t ended = out.succeeded = value(succeeded_);
    for (std::size_t i = 0; i < kinds; ++i) {
        const std::uint64_t times = value(errors_[i]);
        if (times != 0) out.errors[kind_name(static_cast<status>(i))] = times;
        ended += times;
    }
    for (std::size_t i = 0; i < buckets; ++i)
        out.latency.total += out.latency.counts[i] = value(latency_[i]);
    out.latency.sum = std::chrono::nanoseconds(value(latency_ns_));
    // After the ends, so that there are not more ends than beginnings.
    out.queries = std::max(value(queries_), ended);
    out.in_flight = out.queries - ended;
    out.rows = value(rows_);
    out.batches = value(batches_);
    out.bytes = value(bytes_);
    out.cancels_confirmed = value(cancels_confirmed_);
    out.cancels_escalated = value(cancels_escalated_);
    out.cancels_sent =
        std::max(value(cancels_sent_), out.cancels_confirmed + out.cancels_escalated);
}

}  // namespace qry::session
