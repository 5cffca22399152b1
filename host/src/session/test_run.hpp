// A driver's test, beside the pool: its steps collected, its end never later than the deadline.
#pragma once

#include <memory>
#include <mutex>

#include "base/deadline.hpp"
#include "base/timers.hpp"
#include "session/runtime.hpp"

namespace qry::session {

class session_pool;

class test_run final : public operation,
                       public base::timer_entry,
                       public std::enable_shared_from_this<test_run> {
public:
    test_run(
        std::shared_ptr<session_pool> pool,
        base::deadline limit,
        callback<void(const test_step_report&)> on_step,
        completion<test_report> done
    );

    void begin();
    void cancel() noexcept override;

private:
    void expired() noexcept override;
    void add(test_step_report step);
    // The first outcome counts; failure: NULL = the plugin is done and content.
    void end(const error* failure);
    void plugin_done(result<void> outcome);

    // Thread-safe
    const std::shared_ptr<session_pool> pool_;
    const base::deadline limit_;

    std::mutex mutex_;
    // Guarded by mutex_
    callback<void(const test_step_report&)> on_step_;
    completion<test_report> done_;
    test_report report_;
    operation_ptr under_way_;

    // Not thread-safe: the home loop's thread only. Alive while its timer is set.
    std::shared_ptr<test_run> keep_;
};

}  // namespace qry::session
