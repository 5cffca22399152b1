// One datasource as this process knows it: the stored row, the runtime made from it, its schema.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>

#include <qry/host.hpp>

#include "service/context.hpp"
#include "service/schema_cache.hpp"
#include "session/counters.hpp"
#include "session/runtime.hpp"
#include "store/rows.hpp"

namespace qry::service {

// Thread-safe. One per datasource and process; survives edits, renames and the host itself.
class datasource_entry final : public datasource,
                               public std::enable_shared_from_this<datasource_entry> {
public:
    datasource_entry(context_ptr shared, store::datasource_row row);
    ~datasource_entry() override;

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
    [[nodiscard]] pool_stats pool() const override;
    [[nodiscard]] datasource_stats stats() const;

    // Takes over a newer row: work that runs ends with the old settings, new work takes the new.
    void update(store::datasource_row row, std::optional<store::snapshot_head> head);
    // The runtime of the current row, made when there is none. Store thread only.
    [[nodiscard]] result<std::shared_ptr<session::runtime>> ensure_runtime();
    // why: what later calls are told.
    void close(session::runtime::ending how, error why, completion<void> done);
    // Somebody removed it: what runs may end.
    void removed();
    [[nodiscard]] store::datasource_row row() const;

private:
    // Closes its runtime when the last one who uses it lets go: a caller who took it just before
    // an edit is still served.
    struct live;

    [[nodiscard]] std::shared_ptr<live> current() const;
    [[nodiscard]] std::optional<error> ended() const;
    [[nodiscard]] schema_cache::runtime_source source();
    void look_for_edits();
    void reread();
    void keep_state(std::int64_t version, const test_report& report);

    const context_ptr shared_;
    const std::shared_ptr<schema_cache> schema_;
    // Of all runtimes, one after the other.
    const std::shared_ptr<session::counters> counters_;

    mutable std::mutex mutex_;
    // Guarded by mutex_
    store::datasource_row row_;
    std::optional<store::snapshot_head> head_;
    std::shared_ptr<live> live_;
    std::chrono::steady_clock::time_point looked_at_;
    // Why nothing is begun any more.
    std::optional<error> ended_;
};

}  // namespace qry::service
