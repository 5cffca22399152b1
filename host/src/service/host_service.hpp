// The façade's implementation: datasources by name, kept in the registry.
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include <qry/host.hpp>

#include "service/context.hpp"
#include "service/datasource_entry.hpp"
#include "service/settings.hpp"

namespace qry::service {

// Thread-safe. Work on the registry happens on the store thread, in the order it was asked for.
class host_service final : public host, public std::enable_shared_from_this<host_service> {
public:
    explicit host_service(context_ptr shared, callers whose = callers::here);
    ~host_service() override;

    void close(completion<void> done) override;
    [[nodiscard]] const registry::catalog& drivers() const noexcept override;
    void create(datasource_spec spec, completion<datasource_ptr> done) override;
    void get(std::string name, completion<datasource_ptr> done) override;
    void list(completion<std::vector<datasource_ptr>> done) override;
    void update(std::string name, datasource_change change, completion<datasource_ptr> done)
        override;
    void remove(std::string name, completion<void> done) override;
    operation_ptr check(
        datasource_spec spec,
        callback<void(const test_step_report&)> on_step,
        completion<test_report> done
    ) override;
    void check_secrets(rotate_mode mode, completion<secrets_report> done) override;
    void doctor(completion<std::vector<doctor_finding>> done) override;
    void stats(completion<host_stats> done) override;
    [[nodiscard]] std::string registry_location() const override;

private:
    using entry_ptr = std::shared_ptr<datasource_entry>;

    // Runs work(*this) on the store thread and completes with its result.
    template <class T, class Work>
    void run(completion<T> done, Work work);
    // The object of a row: the same one as long as anybody holds it.
    [[nodiscard]] entry_ptr entry_of(store::datasource_row row);
    [[nodiscard]] result<datasource_ptr> create_now(datasource_spec& spec);
    [[nodiscard]] result<datasource_ptr> update_now(
        const std::string& name, datasource_change& change
    );
    [[nodiscard]] result<std::vector<datasource_ptr>> list_now();
    // Waits for loops: on the work thread.
    [[nodiscard]] host_stats stats_now();
    // Ends all that runs; completes when the last session is closed.
    void close_all(completion<void> done);

    const context_ptr shared_;
    const callers callers_;
    std::mutex mutex_;
    // Guarded by mutex_; by id
    std::map<std::string, entry_ptr> entries_;
};

}  // namespace qry::service
