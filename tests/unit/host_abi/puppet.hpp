// A plugin inside the test program whose every function does what the test says.
#pragma once

#include <chrono>
#include <functional>
#include <future>
#include <memory>

#include <qry/qry.h>

#include "abi/inline_driver.hpp"
#include "abi/plugin_tables.hpp"
#include "backend/backend.hpp"
#include "base/clock.hpp"
#include "base/loop_group.hpp"

namespace puppet {

// Unset = succeeds at once.
struct strings {
    std::function<void(const qry_connect_request*, qry_session**, qry_call*)> connect;
    std::function<void(const qry_connect_request*, qry_call*)> test;
    std::function<void(qry_call*)> cancel_connect;
    std::function<void(const qry_execute_request*, qry_result_head*, qry_call*)> execute;
    std::function<void(ArrowArray*, qry_call*)> next;
    // Unset = the plugin has no such extension.
    std::function<void(char*, qry_call*)> digest;
    std::function<void()> cancel;
    std::function<void(qry_call*)> reset;
    std::function<int()> alive;
    std::function<void(qry_call*)> close;
};

// The one that the functions look at; set it before the calls begin.
strings& pulled();

// A table of the C functions, whole and correct.
const qry_driver& driver();
qry_descriptor descriptor(std::int32_t model);

[[nodiscard]] std::shared_ptr<qry::backend::driver> load(
    qry::base::loop_group& loops, std::int32_t model
);

// One column "n" of int64, and a batch for it.
void fill_schema(ArrowSchema* out);
void fill_batch(ArrowArray* out, std::int64_t rows);

[[nodiscard]] qry::backend::connect_arguments arguments();
[[nodiscard]] inline qry::backend::verb_context within(std::chrono::milliseconds limit) {
    return {qry::base::now_ns() + std::chrono::nanoseconds(limit).count(), "test-1"};
}

// Connects and waits.
[[nodiscard]] qry::result<std::unique_ptr<qry::backend::session>> connect(
    qry::backend::driver& driver, std::chrono::milliseconds limit = std::chrono::seconds(30)
);

[[nodiscard]] qry::result<qry::backend::head> execute(qry::backend::session& session);
[[nodiscard]] qry::result<qry::backend::head> introspect(
    qry::backend::session& session, std::int32_t part
);
[[nodiscard]] qry::result<qry::backend::batch> next(qry::backend::session& session);
[[nodiscard]] qry::result<void> reset(qry::backend::session& session);
// Closes, and frees it on its loop.
void close(std::unique_ptr<qry::backend::session> session);

}  // namespace puppet
