// Says whether the host's loops may still be posted to: batches may outlive the host.
#pragma once

#include <mutex>
#include <shared_mutex>

namespace qry::supervisor {

// Thread-safe.
class life_gate {
public:
    // Runs `what` unless the gate was closed; closing waits for it.
    template <class What>
    void pass(What&& what) {
        const std::shared_lock lock(mutex_);
        if (open_) what();
    }
    void close() {
        const std::unique_lock lock(mutex_);
        open_ = false;
    }

private:
    std::shared_mutex mutex_;
    // Guarded by mutex_
    bool open_ = true;
};

}  // namespace qry::supervisor
