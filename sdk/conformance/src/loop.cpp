#include "qry/conformance/loop.hpp"

#include <algorithm>
#include <ctime>
#include <string>
#include <utility>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace qry::conformance {

std::int64_t monotonic_ns() noexcept {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

std::int64_t after(std::chrono::nanoseconds span) noexcept {
    return monotonic_ns() + span.count();
}

struct loop::watch_state {
    loop* owner;
    int fd;
    std::uint32_t events;
    qry_watch_fn fn;
    void* data;
    bool ended = false;
};

struct loop::timer_state {
    loop* owner;
    std::int64_t at_ns;
    qry_loop_fn fn;
    void* data;
};

// The C functions of the table; inside they are members.
struct loop::service_calls {
    static qry_watch* watch(
        qry_loop* handle, int fd, std::uint32_t events, qry_watch_fn fn, void* data
    ) {
        auto* self = reinterpret_cast<loop*>(handle);
        self->check_thread("watch");
        pollfd probe{fd, 0, 0};
        if (fd < 0 || ::poll(&probe, 1, 0) < 0 || (probe.revents & POLLNVAL) != 0) return nullptr;
        self->watches_.push_back(std::make_unique<watch_state>(watch_state{
            self, fd, events, fn, data}));
        return reinterpret_cast<qry_watch*>(self->watches_.back().get());
    }
    static void watch_events(qry_watch* handle, std::uint32_t events) {
        auto* w = reinterpret_cast<watch_state*>(handle);
        w->owner->check_thread("watch_events");
        w->events = events;
    }
    static void unwatch(qry_watch* handle) {
        if (handle == nullptr) return;
        auto* w = reinterpret_cast<watch_state*>(handle);
        loop* self = w->owner;
        self->check_thread("unwatch");
        const auto found =
            std::find_if(self->watches_.begin(), self->watches_.end(), [w](const auto& each) {
                return each.get() == w;
            });
        if (found == self->watches_.end()) {
            self->book_->add(violation{"loop.unwatch_once", "unwatch was called twice for a watch"}
            );
            return;
        }
        w->ended = true;
        self->unwatched_.push_back(std::move(*found));
        self->watches_.erase(found);
    }
    static qry_timer* timer(qry_loop* handle, std::int64_t at_ns, qry_loop_fn fn, void* data) {
        auto* self = reinterpret_cast<loop*>(handle);
        self->check_thread("timer");
        auto made = std::make_unique<timer_state>(timer_state{self, at_ns, fn, data});
        auto* raw = made.get();
        self->timers_.emplace(at_ns, std::move(made));
        return reinterpret_cast<qry_timer*>(raw);
    }
    static void timer_cancel(qry_timer* handle) {
        if (handle == nullptr) return;
        auto* t = reinterpret_cast<timer_state*>(handle);
        t->owner->check_thread("timer_cancel");
        auto [first, last] = t->owner->timers_.equal_range(t->at_ns);
        const auto found =
            std::find_if(first, last, [t](const auto& each) { return each.second.get() == t; });
        if (found != last) t->owner->timers_.erase(found);
    }
    static std::int32_t post(qry_loop* handle, qry_loop_fn fn, void* data) {
        reinterpret_cast<loop*>(handle)->post([fn, data] { fn(data); });
        return 0;
    }
};

const qry_loop_services& loop::services() noexcept {
    static constexpr qry_loop_services table = {
        sizeof(qry_loop_services),
        &service_calls::watch,
        &service_calls::watch_events,
        &service_calls::unwatch,
        &service_calls::timer,
        &service_calls::timer_cancel,
        &service_calls::post,
    };
    return table;
}

loop::loop(std::shared_ptr<ledger> book)
    : book_(std::move(book)), wakeup_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

loop::~loop() {
    for (const auto& w : watches_) {
        book_->add(violation{
            "loop.left_watched",
            "descriptor " + std::to_string(w->fd) + " is still watched when the loop ends"});
    }
    ::close(wakeup_);
}

void loop::check_thread(const char* service) {
    if (std::this_thread::get_id() == thread_) return;
    book_->add(violation{
        "loop.thread",
        std::string(service) + " was called from a thread that does not run this loop"});
}

void loop::post(std::function<void()> fn) {
    {
        const std::lock_guard lock(mutex_);
        posted_.push_back(std::move(fn));
    }
    const std::uint64_t one = 1;
    // Fails only when the counter is full, and then the loop wakes anyhow.
    [[maybe_unused]] const auto written = ::write(wakeup_, &one, sizeof(one));
}

bool loop::run_until(const std::function<bool()>& done, std::int64_t at_ns) {
    thread_ = std::this_thread::get_id();
    while (!done()) {
        turn(at_ns);
        if (monotonic_ns() >= at_ns) return done();
    }
    return true;
}

// Waits until something is due or the time given is over, and calls what is due.
void loop::turn(std::int64_t until_ns) {
    std::vector<watch_state*> watched;
    std::vector<pollfd> polled{{wakeup_, POLLIN, 0}};
    for (const auto& w : watches_) {
        // poll(2) reports hang-ups even when nothing is asked for; paused means paused.
        if (w->events == 0) continue;
        short events = 0;
        if ((w->events & QRY_READABLE) != 0) events |= POLLIN;
        if ((w->events & QRY_WRITABLE) != 0) events |= POLLOUT;
        watched.push_back(w.get());
        polled.push_back({w->fd, events, 0});
    }
    const std::int64_t first_timer = timers_.empty() ? until_ns : timers_.begin()->first;
    const std::int64_t wait =
        std::max<std::int64_t>(0, std::min(until_ns, first_timer) - monotonic_ns());
    const timespec limit{wait / 1'000'000'000, wait % 1'000'000'000};
    ::ppoll(polled.data(), polled.size(), &limit, nullptr);
    dispatch_posts();
    for (std::size_t i = 0; i < watched.size(); ++i) {
        dispatch_watch(*watched[i], polled[i + 1].revents);
    }
    dispatch_timers();
}

void loop::dispatch_watch(watch_state& w, short revents) {
    if (w.ended || w.events == 0 || revents == 0) return;
    if ((revents & POLLNVAL) != 0) {
        book_->add(violation{
            "loop.unwatch_before_close",
            "descriptor " + std::to_string(w.fd) + " was closed while it was watched"});
        w.events = 0;
        return;
    }
    std::uint32_t events = 0;
    if ((revents & (POLLIN | POLLERR | POLLHUP)) != 0) events |= QRY_READABLE;
    if ((revents & (POLLOUT | POLLERR | POLLHUP)) != 0) events |= QRY_WRITABLE;
    timed([&] { w.fn(w.data, events); });
}

void loop::dispatch_timers() {
    const std::int64_t now = monotonic_ns();
    while (!timers_.empty() && timers_.begin()->first <= now) {
        // Out of the map before the call, alive until after it.
        const auto due = timers_.extract(timers_.begin());
        timed([&] { due.mapped()->fn(due.mapped()->data); });
    }
}

void loop::dispatch_posts() {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto read = ::read(wakeup_, &count, sizeof(count));
    std::deque<std::function<void()>> due;
    {
        const std::lock_guard lock(mutex_);
        due.swap(posted_);
    }
    for (const auto& fn : due)
        timed(fn);
}

void loop::timed(const std::function<void()>& callback) {
    const auto begun = monotonic_ns();
    callback();
    longest_ = std::max(longest_, std::chrono::nanoseconds(monotonic_ns() - begun));
}

}  // namespace qry::conformance
