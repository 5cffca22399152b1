// One datasource at work: its pool, and what runs on it. The service makes one when a datasource
// is first used and replaces it when the datasource is edited.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <qry/introspect.h>
#include <qry/host.hpp>

#include "backend/backend.hpp"
#include "base/loop_group.hpp"
#include "session/counters.hpp"

namespace qry::session {

// What to connect to and within which limits. Immutable; an edit makes a new one.
struct target {
    std::string datasource;
    std::string driver;
    // Validated, defaults filled in.
    std::map<std::string, std::string> params;
    std::map<std::string, secret> secrets;
    duration timeout = default_timeout;
    // "default" or "datasource 'sales'": named in the error when this limit ends a query.
    std::string timeout_source = "default";
    int pool_min_size = 1;
    int pool_max_size = 10;
};
using target_ptr = std::shared_ptr<const target>;

// Where introspection goes; called on a loop thread, part by part, in order.
struct introspection_sink {
    // Before the parts, for drivers that have one: the digest of what they would say. False = it
    // is known, and nothing is read. May be empty.
    callback<bool(const std::string& digest)> on_digest;
    callback<void(std::int32_t part, unique_schema)> on_schema;
    callback<void(std::int32_t part, unique_array)> on_batch;
};

// Thread-safe.
class runtime {
public:
    virtual ~runtime() = default;

    // First come, first served. The deadline counts from this call. The completion comes with the
    // open result, its first batch possibly read already.
    virtual operation_ptr execute(query what, completion<result_ptr> done) = 0;
    // Runs the driver's test on a session of its own, beside the pool.
    virtual operation_ptr test(
        callback<void(const test_step_report&)> on_step, completion<test_report> done
    ) = 0;
    // All three parts on one session of the pool, under `limit`.
    virtual operation_ptr introspect(
        duration limit, introspection_sink sink, completion<void> done
    ) = 0;
    // Of this runtime's own pool; see counters for the datasource as a whole.
    [[nodiscard]] virtual pool_stats stats() const = 0;
    // Refuses new work with `closed`, lets running work end (drain) or cancels it, then closes all
    // sessions.
    enum class ending { drain, cancel };
    virtual void close(ending how, completion<void> done) = 0;
};

// loops: where waiting callers are timed; outlives the runtime, and should be stopped only after
// close() completed. driver: shared by all datasources using it. into: where this datasource is
// counted; NULL = nobody looks.
[[nodiscard]] std::shared_ptr<runtime> make_runtime(
    base::loop_group& loops,
    std::shared_ptr<backend::driver> driver,
    target_ptr what,
    std::shared_ptr<counters> into = nullptr
);

}  // namespace qry::session
