// The host that a daemon runs, for a program that is connected to it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <qry/host.hpp>

#include "client/link.hpp"
#include "client/remote_datasource.hpp"

namespace qry::client {

// Thread-safe.
class remote_host final : public host {
public:
    explicit remote_host(link_ptr over);
    // Says goodbye; what this program had under way ends at the daemon.
    ~remote_host() override;

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
    template <class Question>
    void ask_for_one(daemon::call_type type, Question question, completion<datasource_ptr> done);

    const link_ptr link_;
    const std::shared_ptr<book> known_;
};

}  // namespace qry::client
