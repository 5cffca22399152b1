#include "driver.hpp"

#include <nlohmann/json.hpp>

#include <utility>

#include <qry/clock.hpp>
#include <qry/pending_connect.hpp>

#include "authorization.hpp"
#include "error.hpp"
#include "session.hpp"

namespace qry::starburst {

void driver::cancel_connect(qry_call* call) noexcept {
    pending_connect<http::client>::interrupt(call);
    pending_connect<waiter>::interrupt(call);
}

result<std::unique_ptr<http::client>> make_client(loop_ref loop, connect_options& options) {
    auto client = http::client::make(loop, std::move(options.http));
    if (!client) return client;
    if (auto how = make_authorizer(loop, **client, options)) {
        (*client)->authorize_with(std::move(how));
    }
    return client;
}

task<result<server_facts>> look_at_server(
    http::client& client, loop_ref loop, const connect_options& options, std::int64_t deadline_ns
) {
    constexpr std::int64_t starting_pause = 250 * millisecond;
    http::request what;
    what.url = options.origin() + "/v1/info";
    what.deadline_ns = deadline_ns;
    // Trino tells everybody; gateways may not.
    what.anonymous = true;
    waiter pause(loop);
    for (;;) {
        auto reply = co_await client.send(what);
        if (!reply) co_return std::move(reply).error();
        if (reply->status == 401 && std::exchange(what.anonymous, false)) continue;
        if (reply->status != 200) co_return status_error(*reply);
        const auto info = nlohmann::json::parse(reply->body, nullptr, false);
        if (!info.is_object() || !info.contains("nodeVersion")) {
            co_return protocol_broken("/v1/info is not what a Trino server says of itself");
        }
        if (!info.value("starting", false)) {
            co_return server_facts{
                info["nodeVersion"].value("version", std::string()), std::move(reply->by)};
        }
        (void)co_await pause.sleep_until(std::min(now_ns() + starting_pause, deadline_ns));
        if (now_ns() >= deadline_ns) {
            co_return error{
                .kind = status::connection_failed,
                .message = "the server is still starting",
                .hint = "Wait until it is up.",
                .from = origin::server,
                .retryable = true};
        }
    }
}

task<result<std::unique_ptr<async_session>>> driver::connect(connect_request request, call c) {
    auto options = read_connect_options(request.params, c);
    if (!options) co_return std::move(options).error();
    const loop_ref loop{request.loop, host_services()->loop};
    auto client = make_client(loop, *options);
    if (!client) co_return std::move(client).error();
    const pending_connect entry(c.raw(), **client);
    auto facts = co_await look_at_server(**client, loop, *options, c.deadline_ns());
    if (!facts) co_return std::move(facts).error();
    c.server_info("server_version", facts->version);
    c.server_info("tls", facts->by.tls);
    co_return std::unique_ptr<async_session>(std::make_unique<session>(
        loop, std::move(*client), std::move(*options), arrow::memory{host_services(), request.arena}
    ));
}

}  // namespace qry::starburst
