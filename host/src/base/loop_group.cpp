#include "base/loop_group.hpp"

#include <algorithm>
#include <string>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <pthread.h>

#include "base/loop_driver.hpp"

namespace qry::base {

namespace asio = boost::asio;

// An io_context whose handlers can be dropped before it goes.
class loop_context : public asio::io_context {
public:
    using asio::io_context::io_context;
    // Drops what is queued; descriptors and timers of this loop may still be destroyed afterwards.
    void drop() noexcept { shutdown(); }
};

// Shared with its thread, so that a group may go away on one of its own threads.
struct loop_group::entry {
    // One thread runs it: the hint saves wake-ups.
    loop_context context{1};
    asio::executor_work_guard<asio::io_context::executor_type> guard{context.get_executor()};
    std::shared_ptr<loop_driver> driver = std::make_shared<loop_driver>(context);
    std::thread thread;

    ~entry() { driver->end(); }
};

namespace {

std::size_t default_threads() {
    return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, 2);
}

void run(loop_driver& loop, std::size_t number) noexcept {
    pthread_setname_np(pthread_self(), ("qry-loop-" + std::to_string(number)).c_str());
    loop.run();
}

}  // namespace

loop_group::loop_group(std::size_t threads) {
    const std::size_t count = threads == 0 ? default_threads() : threads;
    for (std::size_t i = 0; i < count; ++i) {
        loops_.push_back(std::make_shared<entry>());
        loops_[i]->driver->begin();
        loops_[i]->thread = std::thread([self = loops_[i], i] { run(*self->driver, i); });
    }
}

loop_group::~loop_group() {
    stop();
}

asio::io_context& loop_group::next_loop() noexcept {
    return loops_[turn_.fetch_add(1, std::memory_order_relaxed) % loops_.size()]->context;
}

asio::io_context& loop_group::loop(std::size_t i) noexcept {
    return loops_[i]->context;
}

bool loop_group::on_loop_thread() const noexcept {
    return std::any_of(loops_.begin(), loops_.end(), [](const auto& loop) {
        return loop->context.get_executor().running_in_this_thread();
    });
}

void loop_group::stop() noexcept {
    for (auto& loop : loops_) {
        loop->guard.reset();
        loop->context.stop();
        loop->driver->stop();
    }
    std::vector<std::shared_ptr<entry>> joined;
    for (auto& loop : loops_) {
        if (!loop->thread.joinable()) continue;
        if (loop->thread.get_id() == std::this_thread::get_id() ||
            loop->context.get_executor().running_in_this_thread()) {
            loop->thread.detach();
        } else {
            loop->thread.join();
            joined.push_back(loop);
        }
    }
    // What is queued on one loop may own descriptors of another: dropped while all are there.
    for (const auto& loop : joined)
        loop->context.drop();
}

}  // namespace qry::base
