#include "base/loop_driver.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <string>
#include <system_error>

#include <boost/asio/detail/epoll_reactor.hpp>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/loop_guest_core.hpp"

namespace qry::base {

namespace asio = boost::asio;
using reactor = asio::detail::epoll_reactor;
using task = asio::detail::scheduler_task;

// Two things that Asio keeps private are needed: the descriptor of a loop's epoll set, through
// which it can be waited for from outside, and the place of what its scheduler asks for events.
// Naming a member in an explicit instantiation is the one way to it that the language allows; with
// an Asio that has no such member this does not compile.
template <auto Member, class Of, class Is>
struct open_member {
    friend Is& private_member(Of& of) noexcept { return of.*Member; }
};
int& private_member(reactor& of) noexcept;
task*& private_member(asio::detail::scheduler& of) noexcept;
template struct open_member<&reactor::epoll_fd_, reactor, int>;
template struct open_member<&asio::detail::scheduler::task_, asio::detail::scheduler, task*>;

// Asio's scheduler asks the reactor for events between any two handlers. A guest's turn needs that
// once, at its beginning, or not at all when nobody said that there are any; the thread needs it
// now and then while it has something to do.
class loop_driver::event_source final : public task {
public:
    explicit event_source(reactor& of) : of_(of) {}
    void run(long microseconds, asio::detail::op_queue<asio::detail::scheduler_operation>& ready)
        override {
        constexpr int handlers_between = 16;
        if (looks_left == 0) return;
        if (looks_left > 0) {
            --looks_left;
        } else if (microseconds == 0 && ++passed_over_ < handlers_between) {
            return;
        }
        passed_over_ = 0;
        of_.run(microseconds, ready);
    }
    void interrupt() override { of_.interrupt(); }

    // Negative: any number.
    int looks_left = -1;

private:
    reactor& of_;
    int passed_over_ = 0;
};

namespace {

// What base::post and the timers find at a loop's context.
class driver_slot : public asio::execution_context::service {
public:
    using key_type = driver_slot;
    static asio::execution_context::id id;
    explicit driver_slot(asio::execution_context& owner) : service(owner) {}

    std::shared_ptr<loop_driver> driver;

private:
    void shutdown() override { driver.reset(); }
};

asio::execution_context::id driver_slot::id;

using std::chrono::milliseconds;

// How long the guest may leave something lying there.
constexpr milliseconds late_after{5};
// A loop that was quiet so often is waited for rather than looked at.
constexpr int quiet_looks = 20;
// A guest must be the only one to use the loop for so long before it is lent to it.
constexpr std::int64_t alone_for_ns = 200'000'000;
// A guest that came late is not lent to again for so long.
constexpr std::int64_t late_penalty_ns = 50'000'000;
// Handlers that a guest runs before it looks after its own affairs again.
constexpr int most_handlers = 256;

// A broken invariant in one handler must not end all sessions of a loop. In a catch block.
void log_exception() noexcept {
    try {
        throw;
    } catch (const std::exception& e) {
        write_log(log_level::error, "host", std::string("exception on a loop: ") + e.what());
    } catch (...) {
        write_log(log_level::error, "host", "exception of an unknown type on a loop");
    }
}

int new_eventfd() {
    const int made = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (made < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
    return made;
}

}  // namespace

loop_driver::loop_driver(asio::io_context& context)
    : context_(context),
      descriptor_(private_member(asio::use_service<reactor>(context))),
      rope_(new_eventfd()),
      events_(std::make_unique<event_source>(asio::use_service<reactor>(context))) {}

void loop_driver::end() noexcept {
    bell_.reset();
    // After its shutdown there is none.
    task*& asked = private_member(asio::use_service<asio::detail::scheduler>(context_));
    if (asked != nullptr) asked = &asio::use_service<reactor>(context_);
}

loop_driver::~loop_driver() {
    ::close(rope_);
}

void loop_driver::begin() {
    asio::use_service<reactor>(context_).init_task();
    private_member(asio::use_service<asio::detail::scheduler>(context_)) = events_.get();
    bell_.emplace(context_, ::dup(rope_));
    listen();
    asio::use_service<driver_slot>(context_).driver = shared_from_this();
}

std::shared_ptr<loop_driver> loop_driver::of(asio::execution_context& context) {
    return asio::use_service<driver_slot>(context).driver;
}

std::shared_ptr<loop_driver> loop_driver::of(const asio::any_io_executor& loop) {
    return of(asio::query(loop, asio::execution::context));
}

void loop_driver::listen() {
    bell_->async_wait(
        asio::posix::stream_descriptor::wait_read,
        [this](const boost::system::error_code& failed) {
            if (failed) return;
            eventfd_t count = 0;
            ::eventfd_read(rope_, &count);
            listen();
        }
    );
}

void loop_driver::ring() noexcept {
    ::eventfd_write(rope_, 1);
}

void loop_driver::run() noexcept {
    for (;;) {
        try {
            if (context_.run_one() == 0) return;
            if (!asked_.load(std::memory_order_relaxed) || held_ != 0) continue;
            // Nothing at hand: not in the middle of something.
            if (context_.poll_one() != 0) continue;
            lock held(mutex_);
            lend();
            look_after(held);
        } catch (...) {
            log_exception();
        }
    }
}

// With the mutex, on the loop's thread.
void loop_driver::lend() {
    asked_.store(false, std::memory_order_relaxed);
    auto guest = candidate_.lock();
    if (!guest || stopped_ || now_ns() < lend_after_ns_) return;
    guest_.store(guest.get());
    lent_to_ = std::move(guest);
    state_.store(state::lent);
    if (lent_to_->admit(shared_from_this())) {
        // What was posted before the state could be seen: the guest is to look once.
        ring();
    } else {
        (void)reclaim();
    }
}

// With the mutex: until the loop is the thread's again.
void loop_driver::look_after(lock& held) {
    std::uint64_t seen = turns_;
    int quiet = 0;
    const auto wanted = [&] { return stopped_ || wanted_back_; };
    while (state_ != state::threads) {
        if (wanted() && reclaim()) return;
        if (quiet >= quiet_looks) {
            held.unlock();
            (void)readable(-1);
            held.lock();
        }
        changed_.wait_for(held, late_after, [&] { return state_ == state::threads; });
        if (wanted()) continue;
        if (turns_ != seen) {
            seen = turns_;
            quiet = 0;
        } else if (!readable(0)) {
            ++quiet;
        } else if (reclaim()) {
            lend_after_ns_ = now_ns() + late_penalty_ns;
        }
    }
}

// With the mutex: false while the guest is at it, who sees to it afterwards.
bool loop_driver::reclaim() noexcept {
    state expected = state::lent;
    if (!state_.compare_exchange_strong(expected, state::threads)) return false;
    guest_.store(nullptr);
    wanted_back_.store(false);
    lent_to_->dismiss(*this);
    lent_to_.reset();
    return true;
}

bool loop_driver::readable(int milliseconds) const noexcept {
    pollfd p{descriptor_, POLLIN, 0};
    return ::poll(&p, 1, milliseconds) > 0;
}

void loop_driver::take_back() noexcept {
    const lock held(mutex_);
    if (state_ == state::threads) return;
    wanted_back_.store(true);
    if (!reclaim()) return;
    changed_.notify_all();
    // The thread may be waiting for the descriptor.
    ring();
}

void loop_driver::stop() noexcept {
    stopped_.store(true);
    take_back();
}

void loop_driver::posted() noexcept {
    loop_guest_core* const visitor = loop_guest_core::visiting();
    if (state_.load() == state::threads) {
        if (visitor != nullptr) consider(*visitor);
        return;
    }
    if (visitor != nullptr && visitor == guest_.load()) return visitor->touch(*this);
    // Within a turn, which goes on until nothing is left.
    if (context_.get_executor().running_in_this_thread()) return;
    if (visitor == nullptr) return ring();
    // A second user.
    consider(*visitor);
    take_back();
}

// May the loop be lent to it?
void loop_driver::consider(loop_guest_core& user) noexcept {
    if (asked_.load(std::memory_order_relaxed)) return;
    const std::int64_t now = now_ns();
    const lock held(mutex_);
    if (last_user_ != &user) {
        if (last_user_ != nullptr) lend_after_ns_ = std::max(lend_after_ns_, now + alone_for_ns);
        last_user_ = &user;
        candidate_ = user.weak_from_this();
    }
    asked_.store(now >= lend_after_ns_, std::memory_order_relaxed);
}

loop_driver::turn loop_driver::run_ready(loop_guest_core& by, occasion why) noexcept {
    state expected = state::lent;
    if (guest_.load() != &by) return turn::done;
    if (!state_.compare_exchange_strong(expected, state::guests_turn)) return turn::done;
    turns_.fetch_add(1, std::memory_order_relaxed);
    events_->looks_left = why == occasion::woken ? 1 : 0;
    const int ran = run_some(most_handlers);
    events_->looks_left = -1;
    const bool give_back = held_ != 0 || wanted_back_ || stopped_;
    state_.store(state::lent);
    // Asked for in the meantime, by somebody who saw the turn.
    if (give_back || wanted_back_ || stopped_) take_back();
    return ran < most_handlers ? turn::done : turn::more;
}

int loop_driver::run_some(int most) noexcept {
    int ran = 0;
    try {
        while (ran < most && context_.poll_one() != 0)
            ++ran;
    } catch (...) {
        log_exception();
        return most;
    }
    return ran;
}

}  // namespace qry::base
