// One reading of a datasource's schema: claimed among all hosts, introspected, built, stored. When
// the driver says that nothing has changed, what is there is renewed, and nothing is read.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>

#include "schema/builder.hpp"
#include "service/schema_cache.hpp"

namespace qry::service {

// begin() → claimed → introspected → built → stored → reported, or a failure at any step. Steps
// run on the store thread, the session's loop and the work thread, one after another.
class schema_refresh : public std::enable_shared_from_this<schema_refresh> {
public:
    schema_refresh(
        std::shared_ptr<schema_cache> cache,
        const schema::start_refresh& what,
        schema_cache::runtime_source from
    );
    // Store thread only.
    void begin();
    // The outcome is ignored from now on; the database is told to stop.
    void cancel();
    [[nodiscard]] std::uint64_t attempt() const noexcept { return what_.attempt; }

private:
    void wait_for_other_host();
    // A snapshot that another host stored after this refresh was asked for.
    [[nodiscard]] result<schema_ptr> stored_meanwhile();
    void introspect();
    // Whether a digest of the catalog says what the snapshot that is there was read from.
    [[nodiscard]] bool is_known(const std::string& digest);
    void renew();
    void build(std::int32_t part, unique_array batch);
    void introspected(result<void> outcome);
    void store(schema_ptr snapshot);
    void fail(error why);
    void end(result<schema_ptr> outcome);
    void keep_claim();

    const std::shared_ptr<schema_cache> cache_;
    const schema::start_refresh what_;
    const schema_cache::runtime_source from_;
    const std::chrono::system_clock::time_point asked_at_;
    std::uint64_t generation_;
    // What is served now; NULL = nothing. Set once the claim is ours.
    schema_ptr there_;
    // The session's loop, until introspection is over; then the work thread
    std::string digest_;
    bool unchanged_ = false;
    // Work thread only, once introspection has begun
    schema::builder builder_;
    result<void> built_;
    // Thread-safe
    std::atomic<bool> cancelled_{false};
    // The claim is given back; it must not be renewed.
    std::atomic<bool> ended_{false};
    std::mutex mutex_;
    // Guarded by mutex_
    operation_ptr reading_;
};

}  // namespace qry::service
