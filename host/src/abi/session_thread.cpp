#include "abi/session_thread.hpp"

#include <thread>

#include <pthread.h>

namespace qry::abi {

std::shared_ptr<session_thread> session_thread::spawn(const std::string& plugin) {
    auto made = std::make_shared<session_thread>();
    std::thread([made, name = ("qry-" + plugin).substr(0, 15)] {
        pthread_setname_np(pthread_self(), name.c_str());
        made->run();
    }).detach();
    return made;
}

void session_thread::post(callback<void()> job) {
    {
        const std::lock_guard lock(mutex_);
        jobs_.push_back(std::move(job));
    }
    wake_.notify_one();
}

void session_thread::stop() noexcept {
    {
        const std::lock_guard lock(mutex_);
        stopped_ = true;
    }
    wake_.notify_one();
}

void session_thread::run() noexcept {
    std::unique_lock lock(mutex_);
    for (;;) {
        wake_.wait(lock, [this] { return stopped_ || !jobs_.empty(); });
        if (jobs_.empty()) return;
        callback<void()> job = std::move(jobs_.front());
        jobs_.pop_front();
        lock.unlock();
        job();
        job = nullptr;
        lock.lock();
    }
}

}  // namespace qry::abi
