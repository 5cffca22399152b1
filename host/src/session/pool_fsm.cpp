#include "session/pool_fsm.hpp"

#include <algorithm>

#include "base/clock.hpp"

namespace qry::session {

using what = pool_action::what;

const char* to_text(drop_reason reason) noexcept {
    switch (reason) {
        case drop_reason::broken:
            return "broken";
        case drop_reason::reset_failed:
            return "reset failed";
        case drop_reason::idle_too_long:
            return "idle too long";
        case drop_reason::closed:
            return "closed";
        case drop_reason::grace_passed:
            return "grace passed";
    }
    return "broken";
}

void pool_fsm::link(pool_waiter& waiter, std::int64_t until_ns) noexcept {
    waiter.until_ns_ = until_ns;
    waiter.waiting_ = true;
    by_time_.insert(waiter);
}

void pool_fsm::unlink(pool_waiter& waiter) noexcept {
    waiter.waiting_ = false;
    queue_.erase(queue_.iterator_to(waiter));
    by_time_.erase(by_time_.iterator_to(waiter));
}

void pool_fsm::enter(
    pool_waiter& waiter, std::int64_t until_ns, std::int64_t now, pool_actions& out
) {
    if (shut_) {
        out.push_back({.kind = what::fail, .waiter = &waiter});
        return;
    }
    link(waiter, until_ns);
    queue_.push_back(waiter);
    balance(now, out);
}

void pool_fsm::enter_again(
    pool_waiter& waiter, std::int64_t until_ns, std::int64_t now, pool_actions& out
) {
    link(waiter, until_ns);
    queue_.push_front(waiter);
    balance(now, out);
}

bool pool_fsm::leave(pool_waiter& waiter) noexcept {
    if (!waiter.waiting_) return false;
    unlink(waiter);
    return true;
}

void pool_fsm::opened(pool_slot& slot, std::int64_t now, pool_actions& out) {
    --connecting_;
    ++created_;
    ever_opened_ = true;
    failures_ = 0;
    failing_since_ns_ = 0;
    retry_at_ns_ = 0;
    slot.idle_since_ns_ = 0;
    idle_.push_back(slot);
    balance(now, out);
    if (slot.is_linked()) slot.idle_since_ns_ = now;
}

void pool_fsm::open_failed(
    const error& why, std::int64_t until_ns, std::int64_t now, pool_actions& out
) {
    --connecting_;
    ++failures_;
    if (failing_since_ns_ == 0) failing_since_ns_ = now;
    retry_at_ns_ = base::add_ns(now, backoff());
    const bool others = lent_ > 0 || connecting_ > 0 || !idle_.empty();
    const bool ran_out = why.kind == status::query_timeout && now >= until_ns;
    if (!others && !rides_over(why, now)) fail_until(ran_out ? until_ns : base::never_ns, out);
    balance(now, out);
}

// The server may be on its way back: connecting again is likely to help.
bool pool_fsm::rides_over(const error& why, std::int64_t now) noexcept {
    const bool passing = why.kind == status::connection_failed || why.retryable;
    return passing && ever_opened_ && !shut_ &&
           now < base::add_ns(failing_since_ns_, settings_.ride_over_ns);
}

std::int64_t pool_fsm::backoff() noexcept {
    const int doublings = std::min(failures_ - 1, 20);
    const std::int64_t longest =
        std::min(settings_.backoff_cap_ns, settings_.backoff_ns << doublings);
    std::uniform_int_distribution<std::int64_t> share(longest / 2, longest);
    return share(random_);
}

void pool_fsm::fail_until(std::int64_t until_ns, pool_actions& out) {
    for (auto next = queue_.begin(); next != queue_.end();) {
        pool_waiter& one = *next++;
        if (one.until_ns_ > until_ns) continue;
        unlink(one);
        out.push_back({.kind = what::fail, .waiter = &one});
    }
}

void pool_fsm::give_back(pool_slot& slot, std::int64_t now, pool_actions& out) {
    --lent_;
    slot.idle_since_ns_ = now;
    idle_.push_back(slot);
    balance(now, out);
}

void pool_fsm::drop(pool_slot& slot, drop_reason reason, std::int64_t now, pool_actions& out) {
    --lent_;
    close_slot(slot, reason, out);
    balance(now, out);
}

void pool_fsm::close_slot(pool_slot& slot, drop_reason reason, pool_actions& out) {
    ++closing_;
    ++destroyed_[to_text(reason)];
    out.push_back({.kind = what::close, .slot = &slot});
}

void pool_fsm::closed(std::int64_t now, pool_actions& out) {
    --closing_;
    balance(now, out);
}

int pool_fsm::wanted_connects() const noexcept {
    // After a failure one connect at a time feels the way.
    const int cap = failures_ > 0 ? 1 : settings_.connect_cap;
    const int room = settings_.max_size - (idle() + lent_ + closing_ + connecting_);
    return std::min({waiting() - connecting_, room, cap - connecting_});
}

void pool_fsm::balance(std::int64_t now, pool_actions& out) {
    while (!queue_.empty() && !idle_.empty()) {
        pool_waiter& first = queue_.front();
        pool_slot& slot = idle_.back();
        unlink(first);
        idle_.pop_back();
        ++lent_;
        ++acquired_;
        out.push_back({.kind = what::grant, .waiter = &first, .slot = &slot});
    }
    if (now >= retry_at_ns_) {
        for (int i = wanted_connects(); i > 0; --i) {
            ++connecting_;
            out.push_back({.kind = what::open});
        }
    }
    while (shut_ && queue_.empty() && !idle_.empty()) {
        pool_slot& slot = idle_.front();
        idle_.pop_front();
        close_slot(slot, drop_reason::closed, out);
    }
}

void pool_fsm::tick(std::int64_t now, pool_actions& out) {
    while (!by_time_.empty() && by_time_.begin()->until_ns_ <= now) {
        pool_waiter& late = *by_time_.begin();
        unlink(late);
        out.push_back({.kind = what::time_out, .waiter = &late});
    }
    while (!idle_.empty() && idle() + lent_ > settings_.min_size &&
           base::add_ns(idle_.front().idle_since_ns_, settings_.idle_lifetime_ns) <= now) {
        pool_slot& slot = idle_.front();
        idle_.pop_front();
        close_slot(slot, drop_reason::idle_too_long, out);
    }
    balance(now, out);
}

std::int64_t pool_fsm::next_ns() const noexcept {
    std::int64_t next = base::never_ns;
    if (!by_time_.empty()) next = by_time_.begin()->until_ns_;
    if (!idle_.empty() && idle() + lent_ > settings_.min_size) {
        next =
            std::min(next, base::add_ns(idle_.front().idle_since_ns_, settings_.idle_lifetime_ns));
    }
    if (retry_at_ns_ != 0 && wanted_connects() > 0) next = std::min(next, retry_at_ns_);
    return next;
}

void pool_fsm::shut(bool fail_waiters, std::int64_t now, pool_actions& out) {
    shut_ = true;
    if (fail_waiters) fail_until(base::never_ns, out);
    balance(now, out);
}

bool pool_fsm::finished() const noexcept {
    return shut_ && queue_.empty() && idle_.empty() && lent_ == 0 && connecting_ == 0 &&
           closing_ == 0;
}

pool_stats pool_fsm::stats() const {
    pool_stats out;
    out.size = idle() + lent_;
    out.idle = idle();
    out.in_use = lent_;
    out.waiting = waiting();
    out.created = created_;
    out.destroyed = destroyed_;
    out.acquired = acquired_;
    return out;
}

}  // namespace qry::session
