// test(): step by step, and of the step that fails what to try.
#include <chrono>

#include <qry/clock.hpp>
#include <qry/pending_connect.hpp>

#include "catalog_queries.hpp"
#include "catalog_walk.hpp"
#include "driver.hpp"
#include "error.hpp"
#include "session_state.hpp"
#include "statement.hpp"

namespace qry::starburst {

namespace {

class reporter {
public:
    explicit reporter(const call& c) noexcept : call_(c) {}

    void begin() { begun_ = now_ns(); }
    void passed(const char* name, std::string detail) {
        call_.report(test_step{name, true, span(), std::move(detail), {}});
        begin();
    }
    // Returns the error, so that the caller can end with it.
    error failed(const char* name, error e) {
        call_.report(test_step{name, false, span(), e.message, e.hint});
        return e;
    }

private:
    [[nodiscard]] std::chrono::nanoseconds span() const {
        return std::chrono::nanoseconds(now_ns() - begun_);
    }
    const call& call_;
    std::int64_t begun_ = now_ns();
};

// The step that a failure of the first exchange belongs to.
const char* step_of(const error& e) {
    if (e.kind == status::tls_failed) return "tls";
    const bool named = e.message.find("could not be resolved") != std::string::npos ||
                       e.message.find("looking up") != std::string::npos;
    if (named) return "resolve";
    return "tcp";
}

}  // namespace

task<result<void>> driver::test(connect_request request, call c) {
    auto options = read_connect_options(request.params, c);
    if (!options) co_return std::move(options).error();
    const loop_ref loop{request.loop, host_services()->loop};
    auto client = make_client(loop, *options);
    if (!client) co_return std::move(client).error();
    const pending_connect entry(c.raw(), **client);
    reporter out(c);

    auto facts = co_await look_at_server(**client, loop, *options, c.deadline_ns());
    if (!facts) {
        error why = std::move(facts).error();
        const char* step = step_of(why);
        co_return out.failed(step, std::move(why));
    }
    out.passed("resolve", options->host + " is " + facts->by.address);
    out.passed("tcp", options->origin());
    out.passed("tls", facts->by.tls.empty() ? "none: the connection is plain text" : facts->by.tls);
    c.server_info("server_version", facts->version);
    c.server_info("tls", facts->by.tls);

    session_state state = options->initial;
    server_link link{**client, loop, options->origin(), fixed_headers(*options), state};
    auto user = co_await read_texts(link, "SELECT current_user", c.deadline_ns());
    if (!user) {
        error why = std::move(user).error();
        const bool login =
            why.kind == status::authentication_failed || why.kind == status::permission_denied;
        co_return out.failed(login ? "authenticate" : "database", std::move(why));
    }
    out.passed("authenticate", user->empty() ? "" : user->front());

    auto catalogs = co_await read_texts(link, catalogs_query(), c.deadline_ns());
    if (!catalogs) co_return out.failed("database", std::move(catalogs).error());
    const std::string& wanted = options->only_catalog;
    if (!wanted.empty() && wanted != "system" &&
        std::find(catalogs->begin(), catalogs->end(), wanted) == catalogs->end()) {
        co_return out.failed(
            "database",
            error{
                .kind = status::not_found,
                .message =
                    "the server has no catalog \"" + wanted + "\", or the user may not see it",
                .hint = "Set catalog to one of those that SHOW CATALOGS lists, or leave it out."}
        );
    }
    out.passed(
        "database",
        "Trino " + facts->version + ", " + std::to_string(catalogs->size()) + " catalogs"
    );
    const std::string looked = wanted.empty() && !catalogs->empty() ? catalogs->front() : wanted;
    if (looked.empty()) co_return result<void>();
    auto schemas = co_await read_texts(
        link,
        "SELECT schema_name FROM " + quote_name(looked) +
            ".information_schema.schemata WHERE schema_name <> 'information_schema'",
        c.deadline_ns()
    );
    if (!schemas) co_return out.failed("permissions", std::move(schemas).error());
    out.passed(
        "permissions", std::to_string(schemas->size()) + " schemas can be seen in catalog " + looked
    );
    co_return result<void>();
}

}  // namespace qry::starburst
