// The thread of one blocking session: runs one job at a time, in order, until it is let go.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>

#include <qry/callback.hpp>

namespace qry::abi {

// Owned by its thread too, so that a plugin that never comes back holds nobody else. Thread-safe.
class session_thread : public std::enable_shared_from_this<session_thread> {
public:
    // Throws std::system_error when there are no more threads to be had.
    [[nodiscard]] static std::shared_ptr<session_thread> spawn(const std::string& plugin);

    void post(callback<void()> job);
    // The thread ends after the jobs it has.
    void stop() noexcept;

private:
    void run() noexcept;

    std::mutex mutex_;
    std::condition_variable wake_;
    // Guarded by mutex_
    std::deque<callback<void()>> jobs_;
    bool stopped_ = false;
};

}  // namespace qry::abi
