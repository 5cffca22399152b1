#include "abi/loop.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/posix/stream_descriptor.hpp>

#include "abi/guard.hpp"
#include "base/clock.hpp"
#include "base/errors.hpp"
#include "base/flight_recorder.hpp"
#include "base/log.hpp"
#include "base/post.hpp"
#include "base/timers.hpp"

namespace asio = boost::asio;
using qry::base::current_flight;
using qry::base::flight_scope;

namespace {

// Longer than this on the loop's thread delays every other session there.
constexpr std::int64_t stall_ns = 100'000'000;

// Tells the loops of a context that it ends.
class loop_registry : public asio::execution_context::service {
public:
    using key_type = loop_registry;
    static asio::execution_context::id id;

    explicit loop_registry(asio::execution_context& owner) : service(owner) {}
    void add(const std::shared_ptr<qry_loop>& loop) {
        const std::lock_guard lock(mutex_);
        std::erase_if(loops_, [](const auto& known) { return known.expired(); });
        loops_.push_back(loop);
    }

private:
    void shutdown() override {
        const std::lock_guard lock(mutex_);
        for (const auto& known : loops_) {
            if (const auto loop = known.lock()) loop->end();
        }
    }

    std::mutex mutex_;
    // Guarded by mutex_
    std::vector<std::weak_ptr<qry_loop>> loops_;
};

asio::execution_context::id loop_registry::id;

}  // namespace

std::shared_ptr<qry_loop> qry_loop::make(asio::io_context& context, const std::string& plugin) {
    auto made = std::make_shared<qry_loop>(context, plugin);
    asio::use_service<loop_registry>(context).add(made);
    return made;
}

template <class Call>
void qry_loop::guarded(const char* what, Call&& call) const noexcept {
    const std::int64_t begin = qry::base::now_ns();
    qry::abi::call_plugin(plugin_, what, std::forward<Call>(call));
    const std::int64_t took = qry::base::now_ns() - begin;
    if (took < stall_ns) return;
    qry::abi::write_plugin_log(
        qry::base::log_level::warn,
        "plugin " + plugin_,
        std::string(what) + " held the loop's thread for " +
            qry::base::format_duration(std::chrono::nanoseconds(took)) + "; it must not block"
    );
}

bool qry_loop::post(qry_loop_fn fn, void* data) noexcept {
    try {
        const std::lock_guard lock(mutex_);
        if (context_ == nullptr) return false;
        qry::base::post(*context_, [self = shared_from_this(), fn, data, tag = current_flight()] {
            const flight_scope flight(tag);
            self->guarded("a posted function", [&] { fn(data); });
        });
        return true;
    } catch (...) {
        return false;
    }
}

void qry_loop::end() noexcept {
    const std::lock_guard lock(mutex_);
    context_ = nullptr;
}

// Asio waits once; this waits again and again, so that it looks level-triggered.
struct qry_watch : std::enable_shared_from_this<qry_watch> {
public:
    qry_watch(std::shared_ptr<qry_loop> loop, qry_watch_fn fn, void* data)
        : loop_(std::move(loop)), descriptor_(loop_->context()), fn_(fn), data_(data) {}
    // The descriptor is the plugin's: never closed here.
    ~qry_watch() {
        if (descriptor_.is_open()) descriptor_.release();
    }

    [[nodiscard]] bool open(int fd) {
        boost::system::error_code failed;
        descriptor_.assign(fd, failed);
        if (!failed) self_ = shared_from_this();
        return !failed;
    }
    void want(std::uint32_t events) {
        events_ = events;
        arm(QRY_READABLE, asio::posix::descriptor_base::wait_read);
        arm(QRY_WRITABLE, asio::posix::descriptor_base::wait_write);
    }
    void stop() noexcept {
        events_ = 0;
        if (descriptor_.is_open()) descriptor_.release();
        // The last use of this may be the caller's.
        const auto last = std::move(self_);
    }

private:
    // A wait that was paused is left under way; what it finds is dropped, or used if the plugin
    // wants events again by then.
    void arm(std::uint32_t event, asio::posix::descriptor_base::wait_type type) {
        if ((events_ & event) == 0 || (armed_ & event) != 0) return;
        armed_ |= event;
        descriptor_.async_wait(
            type,
            [self = shared_from_this(), event, type](const boost::system::error_code& failed) {
                self->woke(event, type, failed == asio::error::operation_aborted);
            }
        );
    }
    void woke(std::uint32_t event, asio::posix::descriptor_base::wait_type type, bool aborted) {
        armed_ &= ~event;
        if (aborted || (events_ & event) == 0) return;
        const flight_scope flight(tag_);
        // May change what is wanted, and may unwatch.
        loop_->guarded("a watch", [&] { fn_(data_, event); });
        if (descriptor_.is_open()) arm(event, type);
    }

    std::shared_ptr<qry_loop> loop_;
    asio::posix::stream_descriptor descriptor_;
    qry_watch_fn fn_;
    void* data_;
    // The plugin's ownership, until unwatch.
    std::shared_ptr<qry_watch> self_;
    std::uint32_t events_ = 0;
    std::uint32_t armed_ = 0;
    // Whom the plugin serves when it is called.
    const std::uint64_t tag_ = current_flight();
};

struct qry_timer final : qry::base::timer_entry {
    qry_timer(std::shared_ptr<qry_loop> owner, qry_loop_fn f, void* d)
        : loop(std::move(owner)), fn(f), data(d) {}
    void expired() noexcept override {
        const flight_scope flight(tag);
        loop->guarded("a timer", [this] { fn(data); });
        delete this;
    }
    [[nodiscard]] qry::base::timers& queue() const {
        return asio::use_service<qry::base::timers>(loop->context());
    }

    std::shared_ptr<qry_loop> loop;
    qry_loop_fn fn;
    void* data;
    const std::uint64_t tag = current_flight();
};

namespace qry::abi {

namespace {

qry_watch* watch(
    qry_loop* loop, int fd, std::uint32_t events, qry_watch_fn fn, void* data
) noexcept {
    try {
        auto made = std::make_shared<qry_watch>(loop->shared_from_this(), fn, data);
        if (!made->open(fd)) return nullptr;
        made->want(events);
        return made.get();
    } catch (...) {
        return nullptr;
    }
}

void watch_events(qry_watch* watch, std::uint32_t events) noexcept {
    try {
        watch->want(events);
    } catch (...) {
        base::write_log(base::log_level::error, "host", "out of memory while watching");
    }
}

void unwatch(qry_watch* watch) noexcept {
    if (watch != nullptr) watch->stop();
}

qry_timer* timer(qry_loop* loop, std::int64_t at_ns, qry_loop_fn fn, void* data) noexcept {
    try {
        auto made = std::make_unique<qry_timer>(loop->shared_from_this(), fn, data);
        made->queue().set(*made, at_ns);
        return made.release();
    } catch (...) {
        return nullptr;
    }
}

void timer_cancel(qry_timer* timer) noexcept {
    if (timer == nullptr) return;
    // Within its own callback the timer is not set any more, and expired() deletes it.
    if (!timer->is_linked() && timer->at_ns() != base::never_ns) return;
    timer->queue().take_back(*timer);
    delete timer;
}

std::int32_t post(qry_loop* loop, qry_loop_fn fn, void* data) noexcept {
    return loop->post(fn, data) ? 0 : -1;
}

}  // namespace

const qry_loop_services& loop_services() noexcept {
    static constexpr qry_loop_services table = {
        .struct_size = sizeof(qry_loop_services),
        .watch = &watch,
        .watch_events = &watch_events,
        .unwatch = &unwatch,
        .timer = &timer,
        .timer_cancel = &timer_cancel,
        .post = &post};
    return table;
}

}  // namespace qry::abi
