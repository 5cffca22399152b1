#include <catch2/catch.hpp>

#include <qry/stats.hpp>

#include "exposition_reader.hpp"

using exposition::labels;
using exposition::read;
using exposition::value;
using qry::to_prometheus;
using namespace std::chrono_literals;

namespace {

qry::datasource_stats sales() {
    qry::datasource_stats out;
    out.name = "sales";
    out.driver = "postgresql";
    out.isolation = "process";
    out.queries = 12;
    out.succeeded = 9;
    out.errors = {{"QueryError", 1}, {"QueryTimeout", 1}};
    out.in_flight = 1;
    out.rows = 70'000;
    out.batches = 11;
    out.bytes = 560'000;
    out.cancels_sent = 1;
    out.cancels_confirmed = 1;
    out.pool = {
        .size = 3,
        .idle = 2,
        .in_use = 1,
        .waiting = 4,
        .created = 5,
        .destroyed = {{"broken", 2}},
        .acquired = 12,
        .timeouts = 1,
        .cancelled = 0};
    out.latency.counts[0] = 7;
    out.latency.counts[3] = 3;
    out.latency.counts[16] = 1;
    out.latency.total = 11;
    out.latency.sum = 700'003'500us;
    return out;
}

qry::worker_stats worker(const char* version, const char* state, std::uint64_t starts) {
    qry::worker_stats out;
    out.driver = "postgresql";
    out.version = version;
    out.state = state;
    out.starts = starts;
    out.deaths = {{"signal", 1}};
    out.memory_bytes = 1000;
    return out;
}

}  // namespace

TEST_CASE("An idle host is described by its version, its start and its clients") {
    qry::host_stats stats;
    stats.version = "1.2.3";
    stats.opened_at = std::chrono::system_clock::time_point(1500ms);
    stats.clients = 2;
    const auto all = read(to_prometheus(stats));
    CHECK(all.size() == 3);
    CHECK(value(all, "qry_host_info", {{"version", "1.2.3"}}) == 1);
    CHECK(value(all, "qry_host_start_time_seconds", {}) == 1.5);
    CHECK(value(all, "qry_host_clients", {}) == 2);
}

TEST_CASE("The figures of a datasource carry its name and its driver") {
    const auto all = read(to_prometheus({.datasources = {sales()}}));
    const labels of = {{"datasource", "sales"}, {"driver", "postgresql"}};
    const auto with = [&](const char* name, const char* text) {
        labels out = of;
        out[name] = text;
        return out;
    };
    CHECK(value(all, "qry_datasource_info", with("isolation", "process")) == 1);
    CHECK(value(all, "qry_queries_total", of) == 12);
    CHECK(value(all, "qry_queries_succeeded_total", of) == 9);
    CHECK(value(all, "qry_query_errors_total", with("kind", "QueryError")) == 1);
    CHECK(value(all, "qry_query_errors_total", with("kind", "QueryTimeout")) == 1);
    CHECK(value(all, "qry_queries_in_flight", of) == 1);
    CHECK(value(all, "qry_rows_total", of) == 70'000);
    CHECK(value(all, "qry_batches_total", of) == 11);
    CHECK(value(all, "qry_result_bytes_total", of) == 560'000);
    CHECK(value(all, "qry_cancels_sent_total", of) == 1);
    CHECK(value(all, "qry_cancels_confirmed_total", of) == 1);
    CHECK(value(all, "qry_cancels_escalated_total", of) == 0);
    CHECK(value(all, "qry_pool_sessions", with("state", "idle")) == 2);
    CHECK(value(all, "qry_pool_sessions", with("state", "in_use")) == 1);
    CHECK(value(all, "qry_pool_waiting", of) == 4);
    CHECK(value(all, "qry_pool_created_total", of) == 5);
    CHECK(value(all, "qry_pool_acquired_total", of) == 12);
    CHECK(value(all, "qry_pool_timeouts_total", of) == 1);
    CHECK(value(all, "qry_pool_cancelled_total", of) == 0);
    CHECK(value(all, "qry_pool_destroyed_total", with("reason", "broken")) == 2);
}

TEST_CASE("Durations are a histogram in seconds, its buckets cumulative") {
    const auto all = read(to_prometheus({.datasources = {sales()}}));
    const auto& own = all.at("qry_query_duration_seconds");
    CHECK(own.type == "histogram");
    const auto bucket = [&](const char* bound) {
        const labels of = {{"datasource", "sales"}, {"driver", "postgresql"}, {"le", bound}};
        return own.samples.at({"qry_query_duration_seconds_bucket", of});
    };
    CHECK(bucket("0.0001") == 7);
    CHECK(bucket("0.0005") == 7);
    CHECK(bucket("0.001") == 10);
    CHECK(bucket("600") == 10);
    CHECK(bucket("+Inf") == 11);
    const labels of = {{"datasource", "sales"}, {"driver", "postgresql"}};
    CHECK(own.samples.at({"qry_query_duration_seconds_sum", of}) == 700.0035);
    CHECK(own.samples.at({"qry_query_duration_seconds_count", of}) == 11);
}

TEST_CASE("Several datasources share one family each") {
    auto other = sales();
    other.name = "stock";
    // Reading refuses a family in two places, and a sample twice.
    const auto all = read(to_prometheus({.datasources = {sales(), other}}));
    CHECK(all.at("qry_queries_total").samples.size() == 2);
    CHECK(all.at("qry_query_duration_seconds").samples.size() == 2 * (17 + 2));
}

TEST_CASE("A name with quotes, backslashes and line ends comes out as it went in") {
    auto odd = sales();
    odd.name = "a\"b\\c\nd{e=\"f\"} 1";
    const auto all = read(to_prometheus({.datasources = {odd}}));
    CHECK(
        value(all, "qry_rows_total", {{"datasource", odd.name}, {"driver", "postgresql"}}) == 70'000
    );
}

TEST_CASE("An old worker that drains beside a new one is summed with it") {
    const auto all = read(
        to_prometheus({.workers = {worker("0.1.0", "draining", 3), worker("0.2.0", "running", 1)}})
    );
    const labels of = {{"driver", "postgresql"}, {"datasource", ""}};
    const auto process = [&](const char* version, const char* state) {
        labels out = of;
        out["version"] = version;
        out["state"] = state;
        return value(all, "qry_worker_processes", out);
    };
    CHECK(process("0.1.0", "draining") == 1);
    CHECK(process("0.2.0", "running") == 1);
    CHECK(value(all, "qry_worker_starts_total", of) == 4);
    labels by_signal = of;
    by_signal["reason"] = "signal";
    CHECK(value(all, "qry_worker_deaths_total", by_signal) == 2);
    CHECK(value(all, "qry_worker_memory_bytes", of) == 2000);
}

TEST_CASE("Counts beyond what a double holds are written whole") {
    auto big = sales();
    big.rows = 9'007'199'254'740'993;
    CHECK(
        to_prometheus({.datasources = {big}}
        ).find("qry_rows_total{datasource=\"sales\",driver=\"postgresql\"} 9007199254740993\n") !=
        std::string::npos
    );
}
