// The session interface: what the host asks of a plugin, wherever the plugin runs. Implemented
// inline (abi/) and, later, over a socket to a worker process (wire/); nothing above this line may
// know which.
//
// Not thread-safe: every method of a session, and of a driver's pending connect, is called on the
// session's executor, and completions are called there too, never inside the call itself unless
// the answer was at hand. Exactly one verb at a time; each completes exactly once, also after
// cancel() and when the plugin misbehaves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>

#include <qry/introspect.h>
#include <qry/callback.hpp>
#include <qry/host.hpp>

namespace qry::backend {

// What every verb is told.
struct verb_context {
    // Absolute, CLOCK_MONOTONIC nanoseconds.
    std::int64_t deadline_ns = 0;
    std::string query_id;
    // What a flight recorder knows the session by (base/flight_recorder.hpp).
    std::uint64_t tag = 0;
    // When the caller asked, on the same clock, for a query that is to be traced (base/trace.hpp);
    // 0 = it is not.
    std::int64_t started_ns = 0;
};

struct connect_arguments {
    // Held until the completion.
    std::shared_ptr<const std::map<std::string, std::string>> params;
    std::shared_ptr<const std::map<std::string, secret>> secrets;
    // Which of the driver's loops the session is to live on; nullopt = the driver takes turns.
    std::optional<std::size_t> loop{};
};

struct execute_arguments {
    std::string sql;
    unique_schema args_schema;
    unique_array args;
    std::map<std::string, std::string> options;
};

// What execute finds out before the first row.
struct head {
    // Empty for a statement without a result set.
    unique_schema schema;
    std::int64_t rows_affected = -1;
    // Of the schema, for digest_part only.
    std::string digest{};
};

// A part of introspection before the first: the digest of the schema (qry/ext/schema_digest.h), in
// the head of a result without rows, which is read to its end like any other. Unsupported by
// plugins that have none.
inline constexpr std::int32_t digest_part = 0;

// A batch, or the end of the result.
struct batch {
    // Empty = the end; rows_affected is then final.
    unique_array rows;
    std::int64_t rows_affected = -1;
};

// Where reports of the verb in flight go; called on the session's executor.
struct reports {
    callback<void(query_notice)> on_notice;
    callback<void(test_step_report)> on_step;
    callback<void(std::string key, std::string value)> on_info;
};

class session {
public:
    virtual ~session() = default;
    [[nodiscard]] virtual boost::asio::any_io_executor executor() const = 0;
    virtual void execute(verb_context context, execute_arguments what, completion<head> done) = 0;
    virtual void introspect(
        verb_context context, std::int32_t part, bool first, bool last, completion<head> done
    ) = 0;
    virtual void next(verb_context context, completion<batch> done) = 0;
    // See qry_session_verbs.cancel: the verb in flight completes when nothing of the cancelling is
    // under way any more.
    virtual void cancel() noexcept = 0;
    virtual void reset(verb_context context, completion<void> done) = 0;
    [[nodiscard]] virtual bool alive() noexcept = 0;
    // The session is gone when this completes. Allowed while a verb hangs: then the plugin's half
    // is abandoned, and the hanging verb completes with an error first.
    virtual void close(verb_context context, completion<void> done) = 0;
    // Where notices go from now on; one sink at a time.
    virtual void set_reports(reports sink) = 0;
};

// One loaded plugin. Thread-safe.
class driver {
public:
    virtual ~driver() = default;
    // Connects on the loop that `what` names, or on one of its own choice. Completes on that loop.
    virtual operation_ptr connect(
        verb_context context, connect_arguments what, completion<std::unique_ptr<session>> done
    ) = 0;
    virtual operation_ptr test(
        verb_context context, connect_arguments what, reports sink, completion<void> done
    ) = 0;
};

}  // namespace qry::backend
