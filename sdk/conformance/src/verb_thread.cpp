#include "verb_thread.hpp"

#include <utility>

namespace qry::conformance {

verb_thread::verb_thread() : thread_([this] { serve(); }), id_(thread_.get_id()) {}

verb_thread::~verb_thread() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
        changed_.notify_all();
    }
    if (thread_.joinable()) thread_.join();
}

void verb_thread::run(std::function<void()> job) {
    const std::lock_guard lock(mutex_);
    job_ = std::move(job);
    changed_.notify_all();
}

void verb_thread::abandon() {
    thread_.detach();
}

void verb_thread::serve() {
    std::unique_lock lock(mutex_);
    while (true) {
        changed_.wait(lock, [this] { return ending_ || job_; });
        if (!job_) return;
        const auto job = std::exchange(job_, nullptr);
        lock.unlock();
        job();
        lock.lock();
    }
}

}  // namespace qry::conformance
