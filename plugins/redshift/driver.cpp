#include "driver.hpp"

#include <qry/pending_connect.hpp>

#include "dialect.hpp"

namespace qry::redshift {

void driver::cancel_connect(qry_call* call) noexcept {
    pending_connect<attempt>::interrupt(call);
}

postgresql::session_options session_options_of(const connect_options& options, qry_arena* arena) {
    return {
        .speaks = make_dialect(
            {.this_database_only = options.this_database_only,
             .numeric_to_float = options.numeric_to_float}
        ),
        .decode = {},
        .statement_cache = options.statement_cache,
        .memory = {host_services(), arena}};
}

task<result<std::unique_ptr<async_session>>> driver::connect(connect_request request, call c) {
    auto options = read_connect_options(request.params, c);
    if (!options) co_return std::move(options).error();
    const loop_ref loop{request.loop, host_services()->loop};
    attempt making(loop, *options);
    const pending_connect entry(c.raw(), making);
    auto who = co_await making.credentials().identify(c.deadline_ns());
    if (!who) co_return std::move(who).error();
    auto hosts = co_await making.start().find_hosts(c.deadline_ns());
    if (!hosts) co_return std::move(hosts).error();
    auto made = co_await making.start().open(std::move(*hosts), *who, c.deadline_ns());
    if (!made) co_return std::move(made).error();
    c.server_info("server_version", made->server_version);
    c.server_info("host", made->where.name());
    c.server_info("tls", made->tls_description());
    auto ready = std::make_unique<postgresql::session>(
        loop, std::move(*made), session_options_of(*options, request.arena)
    );
    if (!ready->start_watching()) co_return postgresql::cannot_watch();
    co_return std::unique_ptr<async_session>(std::move(ready));
}

}  // namespace qry::redshift
