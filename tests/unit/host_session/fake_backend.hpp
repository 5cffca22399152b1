// A driver without a database: each verb does what the test scripted, on a real loop, and counts.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "backend/backend.hpp"
#include "base/loop_group.hpp"

namespace fake {

// What a verb does when its turn comes.
enum class act {
    // Completes within the call.
    now,
    // Completes by a post to the loop.
    later,
    // Completes when cancelled.
    until_cancelled,
    // Never completes, not even then; close() ends it.
    hang,
    // Fails with `failure`, by a post.
    fail
};

struct script {
    // What connect does; `fail` = connection refused. Used up front to back, the last one stays.
    std::deque<act> connects{act::later};
    act execute = act::now;
    act next = act::now;
    act reset = act::now;
    // Batches in a result, and rows in a batch; -1 = a statement without a result set.
    int batches = 1;
    std::int64_t rows = 3;
    bool alive = true;
    qry::error failure{.kind = qry::status::query_error, .message = "scripted"};
    // For introspection: keys say unsupported.
    bool no_keys = false;
    // Of the schema; empty = unsupported.
    std::string digest{};
};

struct counters {
    std::atomic<int> connects{0};
    std::atomic<int> open{0};
    std::atomic<int> most_open{0};
    std::atomic<int> executes{0};
    std::atomic<int> nexts{0};
    std::atomic<int> resets{0};
    std::atomic<int> cancels{0};
    std::atomic<int> closes{0};
    // Verbs called while another was in flight, or off the session's loop.
    std::atomic<int> misuse{0};
};

class driver final : public qry::backend::driver {
public:
    explicit driver(qry::base::loop_group& loops) : loops_(loops) {}

    qry::operation_ptr connect(
        qry::backend::verb_context context,
        qry::backend::connect_arguments what,
        qry::completion<std::unique_ptr<qry::backend::session>> done
    ) override;
    qry::operation_ptr test(
        qry::backend::verb_context context,
        qry::backend::connect_arguments what,
        qry::backend::reports sink,
        qry::completion<void> done
    ) override;

    // Thread-safe
    void set(script next) {
        const std::lock_guard guard(mutex_);
        script_ = std::move(next);
    }
    [[nodiscard]] script get() const {
        const std::lock_guard guard(mutex_);
        return script_;
    }
    counters count;

private:
    [[nodiscard]] act next_connect();

    qry::base::loop_group& loops_;
    mutable std::mutex mutex_;
    // Guarded by mutex_
    script script_;
};

// Arrays and schemas of this kind that have not been released.
[[nodiscard]] int living_arrow();
// A struct with one int64 column "n".
[[nodiscard]] qry::unique_schema make_schema();
[[nodiscard]] qry::unique_array make_batch(std::int64_t first, std::int64_t rows);

}  // namespace fake
