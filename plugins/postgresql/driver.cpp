#include "driver.hpp"

#include <qry/pending_connect.hpp>

#include "connect.hpp"
#include "dialect.hpp"
#include "error.hpp"
#include "handshake.hpp"
#include "options.hpp"
#include "session.hpp"

namespace qry::postgresql {

void driver::cancel_connect(qry_call* call) noexcept {
    pending_connect<waiter>::interrupt(call);
}

task<result<std::unique_ptr<async_session>>> driver::connect(connect_request request, call c) {
    auto options = read_connect_options(request.params, c);
    if (!options) co_return std::move(options).error();
    const loop_ref loop{request.loop, host_services()->loop};
    connector maker(loop, *options);
    const pending_connect entry(c.raw(), maker.place());
    auto made = co_await maker.open(c.deadline_ns());
    if (!made) co_return std::move(made).error();
    c.server_info("server_version", made->server_version);
    c.server_info("host", made->where.name());
    c.server_info("tls", made->tls_description());
    const session_options how{
        .speaks = make_postgresql_dialect(),
        .decode = options->decode,
        .statement_cache = options->statement_cache,
        .memory = {host_services(), request.arena}};
    auto ready = std::make_unique<session>(loop, std::move(*made), how);
    if (!ready->start_watching()) {
        co_return cannot_watch();
    }
    co_return std::unique_ptr<async_session>(std::move(ready));
}

}  // namespace qry::postgresql
