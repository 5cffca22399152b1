// What the ABI asks of the plugin itself: to connect, and to test.
#pragma once

#include <memory>

#include <qry/async.hpp>
#include <qry/kit/http/client.hpp>

#include "options.hpp"

namespace qry::starburst {

struct driver {
    static constexpr bool has_progress = true;
    static task<result<std::unique_ptr<async_session>>> connect(connect_request request, call c);
    static task<result<void>> test(connect_request request, call c);
    static void cancel_connect(qry_call* call) noexcept;
};

// The client of a session, with its login.
[[nodiscard]] result<std::unique_ptr<http::client>> make_client(
    loop_ref loop, connect_options& options
);

struct server_facts {
    // "476"
    std::string version;
    http::connection_facts by;
};
// GET /v1/info, which needs no login; waits, under the deadline, for a server that is starting.
[[nodiscard]] task<result<server_facts>> look_at_server(
    http::client& client, loop_ref loop, const connect_options& options, std::int64_t deadline_ns
);

}  // namespace qry::starburst
