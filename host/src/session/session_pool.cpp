#include "session/session_pool.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "base/clock.hpp"
#include "base/errors.hpp"
#include "base/grace.hpp"
#include "base/post.hpp"

namespace qry::session {

namespace asio = boost::asio;

namespace {

pool_settings settings_of(const target& what) {
    pool_settings out;
    out.min_size = what.pool_min_size;
    out.max_size = what.pool_max_size;
    // So that the pools of many datasources do not knock at the same moments.
    out.seed = static_cast<std::uint32_t>(std::hash<std::string>{}(what.datasource)) | 1U;
    return out;
}

}  // namespace

session_pool::session_pool(
    base::loop_group& loops,
    std::shared_ptr<backend::driver> driver,
    target_ptr what,
    std::shared_ptr<counters> into
)
    : home_(loops.next_loop()),
      driver_(std::move(driver)),
      target_(std::move(what)),
      counters_(std::move(into)),
      fsm_(settings_of(*target_)) {
    // Shared with the target: one copy of each secret.
    arguments_.params = {target_, &target_->params};
    arguments_.secrets = {target_, &target_->secrets};
    counters_->join(*this);
}

session_pool::~session_pool() {
    counters_->leave(*this);
}

error session_pool::named(error e) const {
    if (e.datasource.empty()) e.datasource = target_->datasource;
    return e;
}

void session_pool::count(ending how) noexcept {
    if (how != ending::timed_out && how != ending::cancelled) return;
    const std::lock_guard guard(mutex_);
    ++(how == ending::timed_out ? timeouts_ : cancelled_);
}

void session_pool::enter(const std::shared_ptr<work>& who) {
    pool_actions actions;
    if (who->traced()) who->trace("host", "waits for a session of '" + target_->datasource + "'");
    lock held(mutex_);
    who->keep_ = who;
    fsm_.enter(*who, who->limit().at_ns(), base::now_ns(), actions);
    perform(held, actions);
}

void session_pool::stop(work& who, ending why) noexcept {
    lock held(mutex_);
    if (fsm_.leave(who)) {
        const auto self = std::exchange(who.keep_, nullptr);
        pool_actions actions;
        perform(held, actions);
        self->stop_here(why);
    } else if (who.slot_ != nullptr) {
        // Under the lock: the loop is there as long as the lease is.
        base::post(who.slot_->executor, [self = who.shared_from_this(), why] {
            self->stop_here(why);
        });
    }
}

void session_pool::wake(work& who) {
    const lock held(mutex_);
    if (who.slot_ == nullptr) return;
    base::post(who.slot_->executor, [self = who.shared_from_this()] { self->woken(); });
}

session_slot& session_pool::take_from(work& who) noexcept {
    leased_.erase(leased_.iterator_to(who));
    return *std::exchange(who.slot_, nullptr);
}

void session_pool::give_back(work& who) {
    pool_actions actions;
    lock held(mutex_);
    fsm_.give_back(take_from(who), base::now_ns(), actions);
    perform(held, actions);
}

void session_pool::drop(work& who, drop_reason reason) {
    pool_actions actions;
    lock held(mutex_);
    fsm_.drop(take_from(who), reason, base::now_ns(), actions);
    perform(held, actions);
}

void session_pool::replace(work& who) {
    pool_actions actions;
    lock held(mutex_);
    session_slot& dead = take_from(who);
    who.keep_ = who.shared_from_this();
    const std::int64_t now = base::now_ns();
    fsm_.enter_again(who, who.limit().at_ns(), now, actions);
    fsm_.drop(dead, drop_reason::broken, now, actions);
    perform(held, actions);
}

void session_pool::prepare(pool_actions& actions) {
    for (const pool_action& action : actions) {
        if (action.kind != pool_action::what::grant) continue;
        auto& who = static_cast<work&>(*action.waiter);
        who.slot_ = static_cast<session_slot*>(action.slot);
        who.fsm_.granted();
        leased_.push_back(who);
    }
}

void session_pool::perform(lock& held, pool_actions& actions, const error* failure) {
    prepare(actions);
    // A session there, lent or unused: then it was the queue that took the time.
    const int sessions = fsm_.lent() + fsm_.idle();
    const std::string connect_error = sessions == 0 ? last_connect_error_ : std::string();
    schedule();
    finish_if_done(held);
    if (held.owns_lock()) held.unlock();
    for (const pool_action& action : actions) {
        switch (action.kind) {
            case pool_action::what::grant: {
                auto self = std::exchange(static_cast<work*>(action.waiter)->keep_, nullptr);
                auto& slot = static_cast<session_slot&>(*action.slot);
                base::post(slot.executor, [self = std::move(self)] { self->started(); });
                break;
            }
            case pool_action::what::open:
                open();
                break;
            case pool_action::what::close:
                close_slot(static_cast<session_slot&>(*action.slot));
                break;
            case pool_action::what::fail: {
                const auto self = std::exchange(static_cast<work*>(action.waiter)->keep_, nullptr);
                const std::string name = "datasource '" + target_->datasource + "'";
                self->no_session(
                    failure != nullptr ? ending::failed : ending::closed,
                    failure != nullptr ? *failure : base::closed_error(name)
                );
                break;
            }
            case pool_action::what::time_out: {
                const auto self = std::exchange(static_cast<work*>(action.waiter)->keep_, nullptr);
                const std::int64_t now = base::now_ns();
                error late = sessions > 0
                                 ? base::pool_timeout_error(self->limit(), now, sessions)
                                 : base::query_timeout_error(self->limit(), now, "connecting");
                if (sessions == 0) late.detail = connect_error;
                self->no_session(ending::timed_out, std::move(late));
                break;
            }
        }
    }
}

void session_pool::open() {
    std::uint64_t number = 0;
    std::int64_t until = 0;
    {
        const lock held(mutex_);
        number = ++connect_number_;
        const std::int64_t own = base::add_ns(base::now_ns(), target_->timeout.count());
        until = std::max(fsm_.longest_wait_ns(), own);
        connects_.emplace(number, connect_under_way{until, nullptr});
    }
    auto done = [self = shared_from_this(), number](result<std::unique_ptr<backend::session>> r) {
        self->opened(number, std::move(r));
    };
    operation_ptr under_way = driver_->connect({until, next_id()}, arguments_, std::move(done));
    const lock held(mutex_);
    const auto still = connects_.find(number);
    if (still != connects_.end()) still->second.what = std::move(under_way);
}

void session_pool::opened(std::uint64_t number, result<std::unique_ptr<backend::session>> made) {
    pool_actions actions;
    lock held(mutex_);
    const auto ended = connects_.extract(number);
    const std::int64_t now = base::now_ns();
    if (!made) {
        last_connect_error_ = made.error().message;
        fsm_.open_failed(made.error(), ended.mapped().until_ns, now, actions);
        return perform(held, actions, &made.error());
    }
    last_connect_error_.clear();
    auto slot = std::make_unique<session_slot>();
    slot->session = std::move(*made);
    slot->executor = slot->session->executor();
    slots_.push_back(std::move(slot));
    fsm_.opened(*slots_.back(), now, actions);
    perform(held, actions);
}

void session_pool::close_slot(session_slot& slot) {
    base::post(slot.executor, [self = shared_from_this(), &slot] {
        const std::int64_t until = base::now_ns() + base::cancel_grace_ns;
        slot.session->close({until, "close"}, [self, &slot](result<void>) {
            // Not here: the session is still on the stack.
            base::post(slot.executor, [self, &slot] { self->closed(slot); });
        });
    });
}

void session_pool::closed(session_slot& slot) {
    slot.session.reset();
    pool_actions actions;
    lock held(mutex_);
    std::erase_if(slots_, [&](const auto& known) { return known.get() == &slot; });
    fsm_.closed(base::now_ns(), actions);
    perform(held, actions);
}

bool session_pool::join(const operation_ptr& what) {
    const lock held(mutex_);
    if (fsm_.is_shut()) return false;
    beside_.push_back(what);
    return true;
}

void session_pool::part(const operation& what) noexcept {
    pool_actions none;
    lock held(mutex_);
    std::erase_if(beside_, [&](const auto& known) { return known.get() == &what; });
    perform(held, none);
}

pool_stats session_pool::stats() const {
    const lock held(mutex_);
    pool_stats out = fsm_.stats();
    out.timeouts = timeouts_;
    out.cancelled = cancelled_;
    return out;
}

void session_pool::close(runtime::ending how, completion<void> done) {
    pool_actions actions;
    std::vector<operation_ptr> to_cancel;
    lock held(mutex_);
    on_closed_.push_back(std::move(done));
    const bool cancel = how == runtime::ending::cancel;
    if (cancel) {
        for (work& who : leased_) {
            base::post(who.slot_->executor, [self = who.shared_from_this()] {
                self->stop_here(ending::closed);
            });
        }
        to_cancel = beside_;
        for (const auto& [number, under_way] : connects_)
            to_cancel.push_back(under_way.what);
    }
    fsm_.shut(cancel, base::now_ns(), actions);
    perform(held, actions);
    for (const operation_ptr& one : to_cancel) {
        if (one != nullptr) one->cancel();
    }
}

void session_pool::finish_if_done(lock& held) {
    if (on_closed_.empty() || !fsm_.finished() || !beside_.empty() || !connects_.empty()) return;
    auto told = std::exchange(on_closed_, {});
    held.unlock();
    // On the timer's own thread, so that nothing is left behind there.
    base::post(home_, [self = shared_from_this(), told = std::move(told)]() mutable {
        base::timers::of(self->home_.get_executor()).take_back(*self);
        self->keep_.reset();
        for (auto& done : told)
            done(result<void>());
    });
}

// Under the lock.
void session_pool::schedule() {
    const std::int64_t next = fsm_.next_ns();
    if (next >= armed_ns_) return;
    armed_ns_ = next;
    base::post(home_, [self = shared_from_this()] { self->arm(); });
}

// With what is wanted now: what a loop posts to itself may run after what others post later.
void session_pool::arm() {
    std::int64_t at = base::never_ns;
    {
        const lock held(mutex_);
        if (!fsm_.finished()) at = armed_ns_;
    }
    keep_ = at == base::never_ns ? nullptr : shared_from_this();
    base::timers::of(home_.get_executor()).set(*this, at);
}

void session_pool::expired() noexcept {
    const auto self = std::exchange(keep_, nullptr);
    pool_actions actions;
    lock held(mutex_);
    armed_ns_ = base::never_ns;
    fsm_.tick(base::now_ns(), actions);
    perform(held, actions);
}

}  // namespace qry::session
