// The host as a library: datasources, and queries on them.
//
// Functions that can wait take a completion (callback.hpp) and return at once; `wait` turns one
// into a blocking call for command-line programs. Everything is thread-safe unless it says
// otherwise. Errors carry kind, reason, next step and, where one is concerned, the datasource.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <qry/registry/catalog.hpp>

#include <qry/export.h>
#include <qry/arrow.hpp>
#include <qry/callback.hpp>
#include <qry/result.hpp>
#include <qry/schema.hpp>
#include <qry/secret.hpp>
#include <qry/stats.hpp>

namespace qry {

using duration = std::chrono::nanoseconds;

inline constexpr duration default_timeout = std::chrono::seconds(30);

struct host_options {
    // A file (SQLite), ":memory:" or "postgresql://…"; empty = $QRY_REGISTRY, then the default.
    std::string registry;
    // nullopt = JWT_SECRET_KEY and JWT_SECRET_KEY_PREVIOUS of the environment. Needed only once a
    // secret is stored or opened.
    std::optional<secret> jwt_secret_key;
    std::vector<secret> jwt_secret_key_previous;
    // Looked at before $QRY_PLUGIN_PATH.
    std::vector<std::filesystem::path> plugin_path;
    // "process": each plugin in a process of its own; "inline": all in this one.
    std::string isolation = "process";
    // Who does it, for the audit trail.
    std::string actor;
};

struct datasource_spec {
    std::string name;
    std::string driver;
    std::map<std::string, std::string> params;
    std::map<std::string, secret> secrets;
    // nullopt = the default of 30 s.
    std::optional<duration> timeout;
    int pool_min_size = 1;
    int pool_max_size = 10;
    // "process", "inline", "datasource"; nullopt = the host's.
    std::optional<std::string> isolation;
    // When host::check last passed with these very settings: stored as the state of the new
    // datasource. nullopt = unknown.
    std::optional<std::chrono::system_clock::time_point> checked_at;
};

// Only what is set changes; params and secrets are merged by name, an empty value removes one.
struct datasource_change {
    std::optional<std::string> new_name;
    std::map<std::string, std::string> params;
    std::map<std::string, secret> secrets;
    std::optional<duration> timeout;
    std::optional<int> pool_min_size;
    std::optional<int> pool_max_size;
    std::optional<std::string> isolation;
    // Refused with conflict when the datasource has another version by now.
    std::optional<std::int64_t> version;
};

enum class connection_state { unknown, connected, failed };

// A datasource as stored; a copy, at one moment. No secret in it.
struct datasource_info {
    std::string id;
    std::string name;
    std::string driver;
    std::map<std::string, std::string> params;
    // Names only.
    std::vector<std::string> secrets;
    std::optional<duration> timeout;
    int pool_min_size = 1;
    int pool_max_size = 10;
    std::string isolation;
    std::int64_t version = 0;
    connection_state state = connection_state::unknown;
    // The message of the last failed check; empty otherwise.
    std::string state_message;
    std::optional<std::chrono::system_clock::time_point> checked_at;
    // nullopt = no schema cached.
    std::optional<std::chrono::system_clock::time_point> schema_taken_at;
    bool schema_stale = false;
};

struct test_step_report {
    std::string name;
    bool ok = false;
    duration elapsed{};
    std::string detail;
    std::string hint;
};

struct test_report {
    bool ok = false;
    std::vector<test_step_report> steps;
    std::string server_version;
    // Why it failed, for !ok.
    std::optional<error> failure;
};

struct query_notice {
    std::string severity;
    std::string sqlstate;
    std::string message;
};

struct query {
    std::string sql;
    // $1 … as a struct of one row; both empty when there are none.
    unique_schema args_schema;
    unique_array args;
    // nullopt = the datasource's, else the default. Must be positive.
    std::optional<duration> timeout;
    // At most so many rows; nullopt = all.
    std::optional<std::int64_t> limit;
    // Driver options, e.g. "numeric" = "double".
    std::map<std::string, std::string> options;
};

// A piece of work under way. Dropping the handle does not cancel it.
class operation {
public:
    virtual ~operation() = default;
    // Hands the cancel over and returns; the completion comes with query_cancelled unless the work
    // was done before. Harmless afterwards.
    virtual void cancel() noexcept = 0;
};
using operation_ptr = std::shared_ptr<operation>;

// The open result of one query; forward only. Destroying it early cancels the query at its server.
class query_result {
public:
    virtual ~query_result() = default;
    // A struct type; NULL when the statement has no result set. Valid as long as this.
    [[nodiscard]] virtual const ArrowSchema* schema() const noexcept = 0;
    // The next batch, at least one row; empty at the end. One call at a time: a second one before
    // the first completed gets an error. A batch may outlive result, datasource and host.
    virtual void next(completion<unique_array> done) = 0;
    // Ends the query; a next under way completes with query_cancelled.
    virtual void cancel() noexcept = 0;
    // -1 = unknown so far, or not applicable.
    [[nodiscard]] virtual std::int64_t rows_affected() const noexcept = 0;
    [[nodiscard]] virtual std::vector<query_notice> notices() const = 0;
    // From the call of execute to the end of the result, or to now.
    [[nodiscard]] virtual duration elapsed() const noexcept = 0;
    [[nodiscard]] virtual const std::string& query_id() const noexcept = 0;
};
using result_ptr = std::shared_ptr<query_result>;

struct refresh_progress {
    // "tables", "columns", "keys".
    std::string stage;
    std::int64_t done = 0;
};

class datasource {
public:
    virtual ~datasource() = default;
    // As last read or written by this host.
    [[nodiscard]] virtual datasource_info info() const = 0;
    virtual operation_ptr test(
        callback<void(const test_step_report&)> on_step, completion<test_report> done
    ) = 0;
    virtual operation_ptr execute(query what, completion<result_ptr> done) = 0;
    // The cached snapshot; read first when there is none or when it is older than max_age. Without
    // max_age a stale one is served and refreshed behind.
    virtual operation_ptr schema(std::optional<duration> max_age, completion<schema_ptr> done) = 0;
    // The cached snapshot without any waiting; NULL = none in this process.
    [[nodiscard]] virtual schema_ptr cached_schema() const = 0;
    virtual operation_ptr refresh_schema(
        callback<void(const refresh_progress&)> on_progress, completion<schema_diff> done
    ) = 0;
    [[nodiscard]] virtual pool_stats pool() const = 0;
};
using datasource_ptr = std::shared_ptr<datasource>;

// Which stored secrets open, and with which key.
struct secrets_report {
    struct row {
        std::string datasource;
        std::string secret;
        // "current", "previous 1", …; empty = it does not open.
        std::string key;
    };
    std::vector<row> rows;
    std::size_t resealed = 0;
};

enum class rotate_mode { check_only, reseal };

struct doctor_finding {
    // "ok", "warning", "error".
    std::string severity;
    std::string subject;
    std::string message;
    std::string hint;
};

class host {
public:
    // Opens the registry (migrating it if need be) and scans the plugins; loads none.
    [[nodiscard]] QRY_EXPORT static result<std::shared_ptr<host>> open(host_options options);
    // The host that `qry-host serve` runs: the same calls, done there. address: "unix:PATH"; empty
    // = $QRY_SOCKET, then the default. Waits for the daemon's greeting, at most 5 s.
    [[nodiscard]] QRY_EXPORT static result<std::shared_ptr<host>> connect(std::string address);
    virtual ~host() = default;

    // Cancels what runs, closes all sessions, then completes. Afterwards every call says closed.
    virtual void close(completion<void> done) = 0;

    [[nodiscard]] virtual const registry::catalog& drivers() const noexcept = 0;

    virtual void create(datasource_spec spec, completion<datasource_ptr> done) = 0;
    virtual void get(std::string name, completion<datasource_ptr> done) = 0;
    // Ordered by name.
    virtual void list(completion<std::vector<datasource_ptr>> done) = 0;
    virtual void update(
        std::string name, datasource_change change, completion<datasource_ptr> done
    ) = 0;
    // Soft: the row stays for the audit trail, the secrets are dropped.
    virtual void remove(std::string name, completion<void> done) = 0;
    // Tests without storing anything.
    virtual operation_ptr check(
        datasource_spec spec,
        callback<void(const test_step_report&)> on_step,
        completion<test_report> done
    ) = 0;

    virtual void check_secrets(rotate_mode mode, completion<secrets_report> done) = 0;
    virtual void doctor(completion<std::vector<doctor_finding>> done) = 0;
    virtual void stats(completion<host_stats> done) = 0;
    [[nodiscard]] virtual std::string registry_location() const = 0;
};
using host_ptr = std::shared_ptr<host>;

// The version of this library, "0.1.0".
[[nodiscard]] QRY_EXPORT const char* version() noexcept;

// "250ms", "90s", "5m", "2h" or a number of seconds; zero, negative, NaN and anything else are
// refused with an error that names `parameter`.
[[nodiscard]] QRY_EXPORT result<duration> parse_duration(
    std::string_view text, std::string_view parameter
);

// The same, and zero in any of its forms: for how old something may be, or how long to wait yet.
[[nodiscard]] QRY_EXPORT result<duration> parse_age(
    std::string_view text, std::string_view parameter
);

// The kind's name as users know it: "QueryTimeout", "InvalidParameter", …
[[nodiscard]] QRY_EXPORT const char* kind_name(status kind) noexcept;
// "host", "plugin" or "server"; what nobody owned up to is the plugin's.
[[nodiscard]] QRY_EXPORT const char* origin_name(origin from) noexcept;

// Calls begin(completion) and blocks until it is called. Not for threads of the host.
template <class T, class Begin>
[[nodiscard]] result<T> wait(Begin&& begin) {
    auto promise = std::make_shared<std::promise<result<T>>>();
    auto outcome = promise->get_future();
    begin(completion<T>([promise](result<T> r) { promise->set_value(std::move(r)); }));
    return outcome.get();
}

}  // namespace qry
