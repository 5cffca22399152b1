// test(): step by step, and of the step that fails what to try.
#include <qry/clock.hpp>
#include <qry/kit/net/lookup.hpp>
#include <qry/pending_connect.hpp>
#include <qry/test_reporter.hpp>

#include "catalog_queries.hpp"
#include "catalog_walk.hpp"
#include "driver.hpp"
#include "error.hpp"
#include "session_state.hpp"
#include "statement.hpp"

namespace qry::starburst {

namespace {

// A step of its own, so that a wrong name is told from a server that does not listen; through a
// proxy it is the proxy's business.
task<result<std::string>> find_host(
    loop_ref loop, const call& c, const std::string& host, bool direct
) {
    if (!direct || net::is_numeric_address(host)) co_return std::string(host);
    waiter place(loop);
    const pending_connect entry(c.raw(), place);
    auto found = co_await net::look_up(place, host, c.deadline_ns());
    if (!found) co_return std::move(found).error();
    co_return host + " is " + found->front();
}

}  // namespace

task<result<void>> driver::test(connect_request request, call c) {
    auto options = read_connect_options(request.params, c);
    if (!options) co_return std::move(options).error();
    const loop_ref loop{request.loop, host_services()->loop};
    const bool direct = options->http.proxy.empty();
    auto client = make_client(loop, *options);
    if (!client) co_return std::move(client).error();
    const pending_connect entry(c.raw(), **client);
    const test_reporter out(c);
    std::int64_t begun = now_ns();

    auto found = co_await find_host(loop, c, options->host, direct);
    if (!found) co_return out.failed("resolve", begun, std::move(found).error());
    out.passed("resolve", begun, std::move(*found));

    begun = now_ns();
    auto facts = co_await look_at_server(**client, loop, *options, c.deadline_ns());
    if (!facts) {
        const bool tls = facts.error().kind == status::tls_failed;
        co_return out.failed(tls ? "tls" : "tcp", begun, std::move(facts).error());
    }
    // libcurl does both in one go.
    out.passed("tcp", begun, options->origin() + ", at " + facts->by.address);
    const std::int64_t now = now_ns();
    out.passed(
        "tls", now, facts->by.tls.empty() ? "none: the connection is plain text" : facts->by.tls
    );
    c.server_info("server_version", facts->version);
    c.server_info("tls", facts->by.tls);

    begun = now_ns();
    session_state state = options->initial;
    server_link link{**client, loop, options->origin(), fixed_headers(*options), state};
    auto user = co_await read_texts(link, "SELECT current_user", c.deadline_ns());
    if (!user) {
        error why = std::move(user).error();
        const bool login =
            why.kind == status::authentication_failed || why.kind == status::permission_denied;
        co_return out.failed(login ? "authenticate" : "database", begun, std::move(why));
    }
    out.passed("authenticate", begun, user->empty() ? "" : user->front());

    begun = now_ns();
    auto catalogs = co_await read_texts(link, catalogs_query(), c.deadline_ns());
    if (!catalogs) co_return out.failed("database", begun, std::move(catalogs).error());
    const std::string& wanted = options->only_catalog;
    if (!wanted.empty() && wanted != "system" &&
        std::find(catalogs->begin(), catalogs->end(), wanted) == catalogs->end()) {
        co_return out.failed(
            "database",
            begun,
            error{
                .kind = status::not_found,
                .message =
                    "the server has no catalog \"" + wanted + "\", or the user may not see it",
                .hint = "Set catalog to one of those that SHOW CATALOGS lists, or leave it out."}
        );
    }
    out.passed(
        "database",
        begun,
        "Trino " + facts->version + ", " + std::to_string(catalogs->size()) + " catalogs"
    );
    const std::string looked = wanted.empty() && !catalogs->empty() ? catalogs->front() : wanted;
    if (looked.empty()) co_return result<void>();
    begun = now_ns();
    auto schemas = co_await read_texts(
        link,
        "SELECT schema_name FROM " + quote_name(looked) +
            ".information_schema.schemata WHERE schema_name <> 'information_schema'",
        c.deadline_ns()
    );
    if (!schemas) co_return out.failed("permissions", begun, std::move(schemas).error());
    out.passed(
        "permissions",
        begun,
        std::to_string(schemas->size()) + " schemas can be seen in catalog " + looked
    );
    co_return result<void>();
}

}  // namespace qry::starburst
