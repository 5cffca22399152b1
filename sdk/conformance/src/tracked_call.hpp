// One call of a verb, as this host keeps it: what the plugin was given, and how it ended.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include <qry/session.h>
#include <qry/error.hpp>

#include "qry/conformance/session.hpp"

namespace qry::conformance {

// When a call is over: an async verb when it has completed, a blocking one when it has returned.
enum class ends_by { completion, returning };

// Thread-safe once started. Outlives its completion, so that a second one can be seen.
class tracked_call {
public:
    tracked_call(
        std::string verb,
        std::shared_ptr<ledger> book,
        std::shared_ptr<const datasource> where,
        std::int64_t deadline_ns,
        ends_by end,
        int number
    );
    tracked_call(const tracked_call&) = delete;
    tracked_call& operator=(const tracked_call&) = delete;

    [[nodiscard]] qry_call* raw() noexcept { return &raw_; }
    // Called when the call completes, on the thread that completes it.
    std::function<void()> on_complete;

    // The verb has returned; says so, and notes a blocking one that has not completed.
    void returned();
    [[nodiscard]] bool completed() const;
    [[nodiscard]] bool over() const;
    // Waits until it is over or the time has come; whether it is over.
    bool wait_until(std::int64_t at_ns) const;
    [[nodiscard]] call_trace trace() const;
    // The error that it ended with; empty = success. Only once it is over.
    [[nodiscard]] std::optional<error> failure() const;
    [[nodiscard]] const std::string& verb() const noexcept { return verb_; }

    // The call behind a pointer that a plugin hands back, after a check that it may still use it.
    static tracked_call& of(qry_call* call) noexcept;
    // Notes a broken rule unless the call is in flight.
    void must_be_in_flight(const char* service);
    [[nodiscard]] ledger& book() noexcept { return *book_; }
    [[nodiscard]] const datasource* where() const noexcept { return where_.get(); }

    // Where a verb may write; here, because a verb that hangs may do so at any time.
    qry_session* session_out = nullptr;
    unique_schema schema_out;
    unique_array batch_out;
    // Kept until the verb has completed: parameters, requests.
    std::shared_ptr<void> borrowed;

private:
    static void complete(qry_call* call, const qry_error* why);
    void finish(const qry_error* why);
    [[nodiscard]] bool over_locked() const noexcept;

    qry_call raw_{};
    const std::string verb_;
    const std::string query_id_;
    const std::shared_ptr<ledger> book_;
    const std::shared_ptr<const datasource> where_;
    const ends_by end_;
    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    // Guarded by mutex_
    call_trace trace_;
    std::optional<error> failure_;
    bool returned_ = false;
};

}  // namespace qry::conformance
