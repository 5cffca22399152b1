// Hosts and datasources of the fault tests, and the load that must not notice any of it.
#pragma once

#include <atomic>
#include <map>
#include <string>
#include <thread>

#include "figures.hpp"
#include "host_fixture.hpp"

namespace qry::test {

// $QRY_FAULT_ISOLATION: the tests of bad networks and servers run inline and through a worker.
[[nodiscard]] std::string isolation_under_test();

// On a registry in memory. isolation: "process" or "inline".
[[nodiscard]] host_ptr open_isolated(const std::string& isolation);

[[nodiscard]] datasource_spec postgresql_spec(const std::string& name, int port);

// Creates it with a pool of that size; the test fails when that fails.
[[nodiscard]] datasource_ptr make_source(host& in, datasource_spec spec, int pool = 1);

// The error of what should have failed, "ok" of what did not: "QueryTimeout: …".
[[nodiscard]] std::string say(const result<rows>& outcome);

[[nodiscard]] query sql_within(std::string text, duration timeout);

// Runs one query on a datasource over and over, from a thread of its own, until it is stopped.
class steady_load {
public:
    steady_load(datasource_ptr on, std::string text, rows expected);
    steady_load(const steady_load&) = delete;
    steady_load& operator=(const steady_load&) = delete;
    ~steady_load();
    void stop();

    [[nodiscard]] const timings& latency() const noexcept { return latency_; }
    // Every query: the failed ones are those with an error or other rows than expected.
    [[nodiscard]] const tally& outcomes() const noexcept { return outcomes_; }

private:
    void run_on(datasource_ptr on, const std::string& text, const rows& expected);

    timings latency_;
    tally outcomes_;
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

}  // namespace qry::test
