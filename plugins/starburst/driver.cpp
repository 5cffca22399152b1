#include "driver.hpp"

#include <nlohmann/json.hpp>

#include <qry/clock.hpp>
#include <qry/kit/text/base64.hpp>
#include <qry/pending_connect.hpp>

#include "error.hpp"
#include "session.hpp"

namespace qry::starburst {

namespace {

// RFC 7617 and RFC 6750.
secret authorization_of(const connect_options& options) {
    std::string value;
    if (options.how == login::basic) {
        std::string pair = options.user + ':';
        pair += options.password.reveal();
        value = "Basic " + text::encode_base64(pair);
        wipe(pair.data(), pair.size());
    } else if (!options.access_token.empty()) {
        value = "Bearer ";
        value += options.access_token.reveal();
    }
    secret out(value);
    wipe(value.data(), value.size());
    return out;
}

}  // namespace

void driver::cancel_connect(qry_call* call) noexcept {
    pending_connect<http::client>::interrupt(call);
    pending_connect<waiter>::interrupt(call);
}

result<std::unique_ptr<http::client>> make_client(loop_ref loop, connect_options& options) {
    auto client = http::client::make(loop, std::move(options.http));
    if (!client) return client;
    const bool sends =
        options.how == login::basic || options.how == login::jwt || options.how == login::oauth2;
    if (sends) {
        (*client)->authorize_with(
            [value = std::make_shared<const secret>(authorization_of(options))](bool
            ) -> task<result<secret>> { co_return value->clone(); }
        );
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
    waiter pause(loop);
    for (;;) {
        auto reply = co_await client.send(what);
        if (!reply) co_return std::move(reply).error();
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
