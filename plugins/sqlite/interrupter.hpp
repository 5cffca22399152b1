// How a verb is asked to end: from any thread, between any two instructions of SQLite's machine,
// and never later than the verb itself.
//
// Rationale: sqlite3_interrupt() alone is lost when nothing runs at that moment, and stays set for
// the next step while a statement is open. So the flag is ours, looked at by the progress handler
// and by the busy handler, and it lives and dies with the verb.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

#include <sqlite3.h>

namespace qry::sqlite {

class interrupter {
public:
    explicit interrupter(std::chrono::nanoseconds busy_timeout) noexcept
        : busy_timeout_(busy_timeout) {}
    interrupter(const interrupter&) = delete;
    interrupter& operator=(const interrupter&) = delete;

    // Puts both handlers on the connection; `this` must outlive it.
    void install(sqlite3* db) noexcept;

    // Session thread. deadline_ns as in qry_call.
    void begin(std::int64_t deadline_ns) noexcept;
    // True when the verb was asked to end. A request that comes later finds no verb.
    bool end() noexcept;

    // Any thread. Without a verb in flight this does nothing.
    void request() noexcept;
    [[nodiscard]] bool requested() const noexcept {
        return requested_.load(std::memory_order_relaxed);
    }

private:
    static int on_progress(void* self) noexcept;
    static int on_busy(void* self, int tries) noexcept;
    bool wait_for_lock(int tries) noexcept;

    const std::chrono::nanoseconds busy_timeout_;
    // Not thread-safe: session thread
    std::chrono::steady_clock::time_point deadline_{};
    std::chrono::steady_clock::time_point give_up_{};
    // Thread-safe
    std::atomic<bool> requested_ = false;
    std::mutex mutex_;
    std::condition_variable asked_;
    // Guarded by mutex_
    bool in_verb_ = false;
};

}  // namespace qry::sqlite
