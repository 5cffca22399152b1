// A session driven synchronously, whatever the model of its driver: what a test of a plugin uses.
//
//   auto plugin = qry::conformance::loaded_plugin::load(path);
//   auto session = qry::conformance::session::connect(*plugin, {.params = {{"path", file}}});
//   auto table = (*session)->query("select 1");
//
// Async driver: each call runs the loop on the calling thread until the verb completes. Blocking
// driver: verbs run on the session's own thread, and the caller waits. A verb that does not
// complete in time gives plugin_error, the rule call.in_time is noted as broken, and the session
// can no longer be used; what it may still touch is kept for ever.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <qry/arrow.hpp>

#include "arena.hpp"
#include "ledger.hpp"
#include "loaded_plugin.hpp"
#include "loop.hpp"

namespace qry::conformance {

struct datasource {
    std::map<std::string, std::string> params;
    std::map<std::string, std::string> secrets;
};

struct call_options {
    // Handed to the plugin; see after(). This host does not act on it.
    std::int64_t deadline_ns = std::numeric_limits<std::int64_t>::max();
    // How long to wait until the verb counts as hung.
    std::chrono::nanoseconds patience = std::chrono::seconds(30);
    // Calls cancel this long after the verb was called, unless it has completed by then. Async:
    // once, from the loop. Blocking: from another thread, again every 100 ms until the verb ends,
    // because the first may come before the verb has begun.
    std::optional<std::chrono::nanoseconds> cancel_after{};
};

struct statement {
    std::string sql;
    // Both empty, or a struct of the arguments and its one row.
    unique_schema args_schema{};
    unique_array args{};
    std::map<std::string, std::string> options{};
    std::int64_t batch_rows = QRY_BATCH_MAX_ROWS;
    std::int64_t batch_bytes = QRY_BATCH_MAX_BYTES;
};

// part: QRY_INTROSPECT_*.
struct catalog_request {
    std::int32_t part = QRY_INTROSPECT_TABLES;
    bool first = true;
    bool last = true;
    std::optional<std::string> catalog{};
    std::optional<std::string> schema{};
    std::int64_t batch_rows = QRY_BATCH_MAX_ROWS;
    std::int64_t batch_bytes = QRY_BATCH_MAX_BYTES;
};

// The schema is empty for a statement without a result set.
struct head {
    unique_schema schema;
    std::int64_t rows_affected = -1;
};

struct table {
    unique_schema schema;
    std::vector<unique_array> batches;
    // As known at the end.
    std::int64_t rows_affected = -1;
    [[nodiscard]] std::int64_t rows() const noexcept;
};

// How the last verb went.
struct call_trace {
    std::string verb;
    int completions = 0;
    // Where it completed.
    std::thread::id thread{};
    std::int64_t begun_ns = 0;
    std::int64_t ended_ns = 0;
    [[nodiscard]] std::chrono::nanoseconds took() const noexcept {
        return std::chrono::nanoseconds(ended_ns - begun_ns);
    }
};

// What a session stands on; give them to share a loop, to make memory fail, or to read the ledger
// of a connect that failed. Those left empty are made.
struct surroundings {
    std::shared_ptr<ledger> book{};
    std::shared_ptr<class loop> loop{};
    std::shared_ptr<arena> memory{};
    // Told what is about to be asked of the plugin, in words: "execute: select 1".
    std::function<void(const std::string&)> on_verb{};
};

struct test_outcome {
    // Empty = passed.
    std::optional<error> failure;
    std::vector<test_step> steps;
    std::map<std::string, std::string> facts;
    call_trace trace;
};

// Runs the driver's test().
[[nodiscard]] test_outcome run_test(
    const loaded_plugin& plugin,
    const datasource& where,
    const call_options& how = {},
    surroundings on = {}
);

// Not thread-safe but for cancel().
class session {
public:
    static result<std::unique_ptr<session>> connect(
        const loaded_plugin& plugin,
        const datasource& where,
        const call_options& how = {},
        surroundings on = {}
    );
    session(const session&) = delete;
    session& operator=(const session&) = delete;
    // Closes, unless that has been done.
    ~session();

    result<head> execute(statement what, const call_options& how = {});
    result<head> execute(std::string_view sql, const call_options& how = {});
    result<head> introspect(const catalog_request& what, const call_options& how = {});
    // Empty at the end of the result.
    result<unique_array> next(const call_options& how = {});
    // next() until the end.
    result<std::vector<unique_array>> drain(const call_options& how = {});
    // execute, or introspect, and drain.
    result<table> query(statement what, const call_options& how = {});
    result<table> query(std::string_view sql, const call_options& how = {});
    result<table> query(const catalog_request& what, const call_options& how = {});

    // From any thread; an async session gets it on its loop, the next time that runs.
    void cancel();
    result<void> reset(const call_options& how = {});
    [[nodiscard]] bool alive();
    result<void> close(const call_options& how = {});

    // Of the open result, or of the last one; -1 = unknown.
    [[nodiscard]] std::int64_t rows_affected() const noexcept;
    [[nodiscard]] const call_trace& last_call() const noexcept;
    [[nodiscard]] ledger& book() noexcept;
    [[nodiscard]] const std::shared_ptr<arena>& memory() noexcept;
    // What the verbs run on; only watches and timers of an async driver are in it.
    [[nodiscard]] class loop& loop() noexcept;
    // A verb never came back: nothing more can be asked.
    [[nodiscard]] bool hung() const noexcept;
    // The thread that verbs must complete on.
    [[nodiscard]] std::thread::id thread() const noexcept;

private:
    struct state;
    explicit session(std::shared_ptr<state> made) noexcept;
    std::shared_ptr<state> state_;
};

}  // namespace qry::conformance
