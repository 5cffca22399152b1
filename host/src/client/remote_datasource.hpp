// A datasource of the daemon's, as this program knows it.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <qry/host.hpp>

#include "client/link.hpp"

namespace qry::client {

// Thread-safe.
class remote_datasource final : public datasource,
                                public std::enable_shared_from_this<remote_datasource> {
public:
    remote_datasource(link_ptr over, datasource_info info);

    [[nodiscard]] datasource_info info() const override;
    operation_ptr test(
        callback<void(const test_step_report&)> on_step, completion<test_report> done
    ) override;
    operation_ptr execute(query what, completion<result_ptr> done) override;
    operation_ptr schema(std::optional<duration> max_age, completion<schema_ptr> done) override;
    [[nodiscard]] schema_ptr cached_schema() const override;
    operation_ptr refresh_schema(
        callback<void(const refresh_progress&)> on_progress, completion<schema_diff> done
    ) override;
    // Asks the daemon, and waits for its answer at most a moment; then, and on the link's own
    // thread, it is the answer of last time.
    [[nodiscard]] pool_stats pool() const override;

    void update(datasource_info info);

private:
    [[nodiscard]] daemon::schema_call schema_question(std::optional<duration> max_age) const;
    // Takes over what came with a snapshot or with changes.
    [[nodiscard]] result<schema_ptr> keep(daemon::image said, registry::unique_fd memory);

    const link_ptr link_;
    const std::string id_;

    mutable std::mutex mutex_;
    // Guarded by mutex_
    datasource_info info_;
    schema_ptr snapshot_;
    // The daemon's number for snapshot_; 0 = none.
    std::uint64_t image_ = 0;
    mutable pool_stats last_pool_;
};

// The datasources that somebody holds: one object each. Thread-safe.
class book {
public:
    explicit book(link_ptr over) : link_(std::move(over)) {}
    [[nodiscard]] datasource_ptr of(datasource_info info);

private:
    const link_ptr link_;
    std::mutex mutex_;
    // Guarded by mutex_; by id
    std::map<std::string, std::weak_ptr<remote_datasource>> known_;
};

}  // namespace qry::client
