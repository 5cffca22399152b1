// One of each message, every field set, and each with empty fields.
#pragma once

#include <chrono>
#include <limits>
#include <string>

#include "wire/message.hpp"

#include "bytes.hpp"

namespace qry::wire_test {

inline wire::connect sample_connect() {
    wire::connect m;
    m.test = true;
    m.remaining_ns = -5;
    m.query_id = "q-7";
    m.params = {{"host", "db"}, {"dbname", ""}};
    m.secrets.emplace("password", secret("hunter2 \xff not UTF-8"));
    m.secrets.emplace("passphrase", secret(""));
    return m;
}

inline error sample_error() {
    return {
        .kind = status::query_timeout,
        .message = "it took too long",
        .hint = "wait longer",
        .from = origin::server,
        .detail = "a detail",
        .sqlstate = "57014",
        .vendor_code = std::numeric_limits<std::int64_t>::min(),
        .parameter = "host",
        .position = 42,
        .retryable = true,
        .datasource = "sales",
        .limit = time_limit{
            .limit = std::chrono::seconds(30),
            .source = "datasource 'sales'",
            .elapsed = std::chrono::nanoseconds(30'000'000'001)}};
}

// f(message) for each: all fields set, then as made. `large` stands in one text of each that has
// any.
template <class F>
void each_sample(const std::string& large, F f) {
    f(wire::hello{
        .version = 9,
        .plugin_folder = large,
        .plugin_name = "pg",
        .arena_bytes = 1,
        .log_threshold = 5});
    f(wire::ready{.version = 2, .plugin_version = large, .blocking = true});
    f(sample_connect());
    f(wire::execute{
        .remaining_ns = 30'000'000'000,
        .credit = 4,
        .query_id = "id",
        .sql = large,
        .options = {{"numeric", "double"}},
        .args_schema = bytes({1, 2}),
        .args = bytes({3})});
    f(wire::introspect{
        .remaining_ns = 1, .credit = 2, .query_id = large, .part = 3, .first = true, .last = true});
    f(wire::credit{.batches = 0xffffffff});
    f(wire::timed{.remaining_ns = -1});
    f(wire::give_back{.batch = 0xffffffffffffffff});
    f(wire::head{.rows_affected = 5, .schema = bytes(large)});
    f(wire::ended{.rows_affected = 5, .reset_done = true});
    f(wire::failed{.why = sample_error()});
    f(wire::failed{.why = {.kind = status::forked_process, .message = large}});
    f(wire::segment{.number = 3, .bytes = 1U << 20});
    f(wire::log_line{.level = 2, .source = "plugin pg", .text = large});
    f(wire::info{.key = "server_version", .value = large});
    f(wire::ping{.cookie = 12});
    f(test_step_report{
        .name = "tls",
        .ok = true,
        .elapsed = std::chrono::milliseconds(3),
        .detail = large,
        .hint = "h"});
    f(query_notice{.severity = "NOTICE", .sqlstate = "00000", .message = large});
    f(wire::hello{}), f(wire::ready{}), f(wire::connect{}), f(wire::execute{});
    f(wire::introspect{}), f(wire::credit{}), f(wire::timed{}), f(wire::give_back{});
    f(wire::head{}), f(wire::ended{}), f(wire::failed{}), f(wire::segment{}), f(wire::log_line{});
    f(wire::info{}), f(wire::ping{}), f(test_step_report{}), f(query_notice{});
}

}  // namespace qry::wire_test
