// The decisions of the schema cache of one datasource, without I/O: events in, actions out.
//
// One refresh at a time, whoever asks; a stale snapshot is served while it is read anew; a snapshot
// of another configuration is never served; a failed refresh keeps the old snapshot and is told to
// those who waited for it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <qry/error.hpp>
#include <qry/schema.hpp>

namespace qry::schema {

// Names one waiting caller; chosen by the shell, unique among those who wait.
using ticket = std::uint64_t;

// Hand this snapshot to the caller. `previous` is what it replaced, for a diff: set for callers
// who waited for a refresh, NULL when there was nothing before.
struct serve {
    ticket to = 0;
    schema_ptr snapshot;
    schema_ptr previous;
};
struct refuse {
    ticket to = 0;
    error why;
};
// Read the schema, stamp it with this generation and configuration, and report the outcome with
// this attempt number.
struct start_refresh {
    std::uint64_t attempt = 0;
    std::uint64_t generation = 0;
    std::string config_hash;
};
// Nobody wants the outcome any more.
struct cancel_refresh {
    std::uint64_t attempt = 0;
};
// Persist this one.
struct keep {
    schema_ptr snapshot;
};
using cache_action = std::variant<serve, refuse, start_refresh, cancel_refresh, keep>;
using cache_actions = std::vector<cache_action>;

// none: nothing to serve. The other three: a snapshot is there.
enum class cache_state { none, fresh, stale, refreshing };

struct cache_limits {
    // Older than this: served, and refreshed behind.
    std::chrono::nanoseconds stale_after = std::chrono::hours(1);
    // After a failure no refresh is started behind anybody's back for so long.
    std::chrono::nanoseconds retry_after = std::chrono::seconds(30);
};

// Not thread-safe.
class cache_fsm {
public:
    using time_point = std::chrono::system_clock::time_point;

    explicit cache_fsm(std::string config_hash, cache_limits limits = {});

    // From the store, at start or because another host wrote it: taken when it fits the
    // configuration and is newer than what is there, or was found unchanged later.
    void loaded(schema_ptr snapshot);
    [[nodiscard]] cache_actions get(
        ticket who, std::optional<std::chrono::nanoseconds> max_age, time_point now
    );
    [[nodiscard]] cache_actions refresh_requested(ticket who);
    // The snapshot has the content of before when the database was found unchanged. Outcomes of
    // attempts that were cancelled or overtaken are ignored.
    [[nodiscard]] cache_actions refresh_done(std::uint64_t attempt, schema_ptr snapshot);
    [[nodiscard]] cache_actions refresh_failed(
        std::uint64_t attempt, const error& why, time_point now
    );
    // The datasource was edited. With the same hash nothing changes.
    [[nodiscard]] cache_actions reconfigured(std::string config_hash);
    // The caller gave up. It is not answered any more; a refresh that nobody waits for ends, unless
    // it runs on the cache's own account.
    [[nodiscard]] cache_actions abandoned(ticket who);
    // All who wait are refused with `why`; a refresh is cancelled.
    [[nodiscard]] cache_actions closed(const error& why);

    [[nodiscard]] cache_state state(time_point now) const;
    // NULL = none that may be served.
    [[nodiscard]] const schema_ptr& snapshot() const noexcept { return snapshot_; }
    [[nodiscard]] const std::string& config_hash() const noexcept { return config_hash_; }

private:
    struct flight {
        std::uint64_t attempt = 0;
        // Started for the cache itself, not for a caller.
        bool behind = false;
    };
    void wait(ticket who, cache_actions& out);
    void begin(bool behind, cache_actions& out);
    void refuse_all(const error& why, cache_actions& out);
    [[nodiscard]] bool is_stale(time_point now) const;
    [[nodiscard]] std::chrono::nanoseconds age(time_point now) const;

    // Not thread-safe
    std::string config_hash_;
    cache_limits limits_;
    schema_ptr snapshot_;
    // Survives a dropped snapshot, so that generations never repeat.
    std::uint64_t generation_ = 0;
    std::uint64_t attempts_ = 0;
    std::optional<flight> flight_;
    std::vector<ticket> waiting_;
    std::optional<time_point> failed_at_;
};

}  // namespace qry::schema
