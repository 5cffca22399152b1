// The schema of one datasource: the cache's decisions (schema/cache_fsm) put to work on the
// registry, on other hosts' claims, and on the database.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include <qry/host.hpp>

#include "schema/cache_fsm.hpp"
#include "service/context.hpp"
#include "session/runtime.hpp"

namespace qry::service {

class schema_refresh;

// Thread-safe.
class schema_cache : public std::enable_shared_from_this<schema_cache> {
public:
    // Gives the runtime to read from; called on the store thread.
    using runtime_source = std::function<result<std::shared_ptr<session::runtime>>()>;
    using progress = callback<void(const refresh_progress&)>;

    // Older than this it is served, and refreshed behind.
    static constexpr duration stale_after = std::chrono::hours(1);

    schema_cache(context_ptr shared, std::string id, std::string plugin, std::string config_hash);

    operation_ptr get(
        runtime_source from, std::optional<duration> max_age, completion<schema_ptr> done
    );
    operation_ptr refresh(runtime_source from, progress on_progress, completion<schema_diff> done);
    [[nodiscard]] schema_ptr snapshot() const;
    [[nodiscard]] bool stale() const;
    void reconfigured(std::string config_hash);
    void close(const error& why);

private:
    friend class schema_refresh;

    // One caller who waits for a snapshot, or for what a refresh changed.
    struct waiter {
        completion<schema_ptr> snapshot;
        completion<schema_diff> diff;
        std::shared_ptr<progress> on_progress;
    };
    class ticket_operation;

    // Reads what the registry holds, once, then goes on. Store thread only.
    void load_once();
    void ask(schema::ticket who, std::optional<duration> max_age);
    void perform(schema::cache_actions actions);
    void start(const schema::start_refresh& what);
    void abandon(schema::ticket who);
    // The outcome of an attempt; called on any thread.
    void finished(std::uint64_t attempt, result<schema_ptr> outcome);
    void report(const refresh_progress& so_far);

    const context_ptr shared_;
    const std::string id_;
    const std::string plugin_;

    mutable std::mutex mutex_;
    // Guarded by mutex_
    schema::cache_fsm fsm_;
    runtime_source from_;
    std::map<schema::ticket, waiter> waiting_;
    schema::ticket next_ticket_ = 1;
    bool loaded_ = false;
    std::shared_ptr<schema_refresh> running_;
};

}  // namespace qry::service
