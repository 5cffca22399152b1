#include "sources.hpp"

#include <poll.h>

#include <cstdlib>
#include <utility>

namespace qry::test {

std::string isolation_under_test() {
    const char* wanted = std::getenv("QRY_FAULT_ISOLATION");
    return wanted != nullptr ? wanted : "inline";
}

host_ptr open_isolated(const std::string& isolation) {
    host_options options;
    options.registry = ":memory:";
    options.jwt_secret_key = secret("key");
    options.isolation = isolation;
    auto opened = host::open(std::move(options));
    if (!opened) FAIL(opened.error().message);
    return *opened;
}

datasource_spec postgresql_spec(const std::string& name, int port) {
    datasource_spec spec;
    spec.name = name;
    spec.driver = "postgresql";
    spec.params = {
        {"host", "127.0.0.1"},
        {"port", std::to_string(port)},
        {"user", "postgres"},
        {"dbname", "postgres"}};
    return spec;
}

datasource_ptr make_source(host& in, datasource_spec spec, int pool) {
    spec.pool_max_size = pool;
    auto made = create(in, std::move(spec));
    if (!made) FAIL(made.error().message);
    return *made;
}

std::string say(const result<rows>& outcome) {
    if (outcome) return "ok";
    return std::string(kind_name(outcome.error().kind)) + ": " + outcome.error().message;
}

query sql_within(std::string text, duration timeout) {
    query what = sql(std::move(text));
    what.timeout = timeout;
    return what;
}

steady_load::steady_load(datasource_ptr on, std::string text, rows expected)
    : thread_([this, on = std::move(on), text = std::move(text), expected = std::move(expected)] {
          run_on(on, text, expected);
      }) {}

steady_load::~steady_load() {
    stop();
}

void steady_load::stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
}

void steady_load::run_on(datasource_ptr on, const std::string& text, const rows& expected) {
    while (!stop_) {
        const auto begin = clock_type::now();
        const auto outcome = run(*on, sql(text));
        latency_.add(clock_type::now() - begin);
        if (!outcome) {
            outcomes_.failed(on->info().name + ": " + say(outcome));
        } else if (*outcome != expected) {
            outcomes_.failed(on->info().name + ": other rows");
        } else {
            outcomes_.tried();
        }
        // A load, not a race for the last of two processors.
        ::poll(nullptr, 0, 1);
    }
}

}  // namespace qry::test
