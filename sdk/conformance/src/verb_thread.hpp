// The thread that belongs to one blocking session: runs what it is given, one after another.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace qry::conformance {

// Thread-safe.
class verb_thread {
public:
    verb_thread();
    verb_thread(const verb_thread&) = delete;
    verb_thread& operator=(const verb_thread&) = delete;
    // Waits for the job at hand, unless abandoned.
    ~verb_thread();

    // The job before must have ended.
    void run(std::function<void()> job);
    // A verb hangs in it: never wait for it again. This object must then live for ever.
    void abandon();
    [[nodiscard]] std::thread::id id() const noexcept { return id_; }

private:
    void serve();

    std::mutex mutex_;
    std::condition_variable changed_;
    // Guarded by mutex_
    std::function<void()> job_;
    bool ending_ = false;
    std::thread thread_;
    std::thread::id id_;
};

}  // namespace qry::conformance
