// Connects and tests in flight: the ABI cancels one by its call alone.
#pragma once

#include <algorithm>
#include <mutex>
#include <vector>

#include "session.h"

namespace qry {

// Target has interrupt() noexcept, which ends what the connect waits for. The look-up is guarded,
// because several loops may connect at a time; the target itself belongs to one.
template <class Target>
class pending_connect {
public:
    // Both outlive this.
    pending_connect(qry_call* call, Target& target) : call_(call) {
        const std::lock_guard lock(all().mutex);
        all().entries.push_back({call, &target});
    }
    pending_connect(const pending_connect&) = delete;
    pending_connect& operator=(const pending_connect&) = delete;
    ~pending_connect() {
        const std::lock_guard lock(all().mutex);
        std::erase_if(all().entries, [this](const entry& e) { return e.call == call_; });
    }

    // On the loop's thread. Does nothing when the connect has ended.
    static void interrupt(qry_call* call) noexcept {
        Target* target = nullptr;
        {
            const std::lock_guard lock(all().mutex);
            for (const entry& e : all().entries) {
                if (e.call == call) target = e.target;
            }
        }
        // Outside the lock: the connect may end, and take its entry away, before this returns.
        if (target != nullptr) target->interrupt();
    }

private:
    struct entry {
        qry_call* call;
        Target* target;
    };
    struct list {
        std::mutex mutex;
        // Guarded by mutex
        std::vector<entry> entries;
    };
    // The one piece of state that all loops of a plugin share.
    static list& all() {
        static list every;
        return every;
    }

    qry_call* call_;
};

}  // namespace qry
