// test(): connect step by step, and say of the step that fails what to try.
#include <libpq-fe.h>

#include <qry/clock.hpp>
#include <qry/pending_connect.hpp>
#include <qry/test_reporter.hpp>

#include "connect.hpp"
#include "dialect.hpp"
#include "driver.hpp"
#include "error.hpp"
#include "session.hpp"

namespace qry::postgresql {

namespace {

// When libpq entered which phase; a phase that was never entered is 0.
struct phases {
    std::int64_t begun = now_ns();
    std::int64_t tls = 0;
    std::int64_t login = 0;
    std::int64_t logged_in = 0;
    std::int64_t ended = 0;
    // Who asks for TLS and is told no logs in without it.
    bool encrypted = false;

    static void enter(void* self, int phase, bool encrypted) {
        auto& p = *static_cast<phases*>(self);
        const std::int64_t now = now_ns();
        switch (phase) {
            case CONNECTION_SSL_STARTUP:
                p.tls = now;
                break;
            case CONNECTION_AWAITING_RESPONSE:
                p.login = now;
                p.encrypted = encrypted;
                break;
            case CONNECTION_AUTH_OK:
                p.logged_in = now;
                break;
            default:
                break;
        }
    }
};

std::string names_of(const std::vector<endpoint>& hosts) {
    std::string all;
    for (const endpoint& e : hosts) {
        if (!all.empty()) all += ", ";
        all += e.name();
    }
    return all;
}

// Which step a failure of libpq belongs to.
const char* step_of(const error& e) {
    switch (e.kind) {
        case status::tls_failed:
            return "tls";
        case status::authentication_failed:
            return "authenticate";
        case status::not_found:
        case status::permission_denied:
            return "database";
        default:
            return "authenticate";
    }
}

constexpr const char* no_tls = "none: the connection is plain text";

// The steps that libpq did, as far as it came.
void report_login(test_reporter& out, phases p, const link& made) {
    // A fast server is logged into within one step of libpq's.
    if (p.login == 0) p.login = p.ended;
    if (p.logged_in == 0) p.logged_in = p.ended;
    const std::string tls = made.tls_description();
    out.passed("tls", p.tls != 0 ? p.tls : p.begun, p.login, tls.empty() ? no_tls : tls);
    out.passed("authenticate", p.login, p.logged_in, made.user);
    out.passed("database", p.logged_in, p.ended, made.database + ", server " + made.server_version);
}

void report_until(test_reporter& out, phases p, std::string_view failed) {
    if (p.login == 0) p.login = now_ns();
    if (p.logged_in == 0) p.logged_in = now_ns();
    if (failed == "tls") return;
    out.passed("tls", p.tls != 0 ? p.tls : p.begun, p.login, p.encrypted ? "agreed" : no_tls);
    if (failed == "authenticate") return;
    out.passed("authenticate", p.login, p.logged_in, "accepted");
}

constexpr std::string_view permissions_query =
    "select (select count(*) from pg_catalog.pg_namespace n "
    "where pg_catalog.has_schema_privilege(n.oid, 'USAGE') and n.nspname not in "
    "('pg_catalog', 'information_schema', 'pg_toast') and n.nspname not like 'pg\\_temp\\_%' "
    "and n.nspname not like 'pg\\_toast\\_temp\\_%'), "
    "count(*) filter (where pg_catalog.has_table_privilege(c.oid, 'SELECT')), count(*) "
    "from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace "
    "where c.relkind in ('r', 'v', 'm', 'f', 'p') and n.nspname not in "
    "('pg_catalog', 'information_schema', 'pg_toast') and $1::text is not null";

struct permissions {
    std::string schemas;
    std::string readable;
    std::string tables;
};

}  // namespace

task<result<void>> driver::test(connect_request request, call c) {
    auto options = read_connect_options(request.params, c);
    if (!options) co_return std::move(options).error();
    const loop_ref loop{request.loop, host_services()->loop};
    connector maker(loop, *options);
    const pending_connect entry(c.raw(), maker.place());
    test_reporter out(c);

    std::int64_t begun = now_ns();
    auto hosts = co_await maker.find_hosts(c.deadline_ns());
    if (!hosts) co_return out.failed("resolve", begun, std::move(hosts).error());
    out.passed("resolve", begun, now_ns(), names_of(*hosts));

    begun = now_ns();
    // With a service file only libpq knows the host; it then tells.
    std::vector<endpoint> usable;
    std::optional<error> refused;
    for (const endpoint& where : *hosts) {
        auto knocked = co_await maker.knock(where, c.deadline_ns());
        if (knocked) {
            usable.push_back(where);
        } else {
            refused = std::move(knocked).error();
            if (refused->kind == status::query_cancelled) break;
        }
    }
    if (usable.empty()) co_return out.failed("tcp", begun, std::move(*refused));
    out.passed("tcp", begun, now_ns(), names_of(usable));

    phases seen;
    maker.observe(&phases::enter, &seen);
    std::optional<result<link>> made;
    for (const endpoint& where : usable) {
        seen = phases();
        const std::string target = options->target == "prefer-standby" ? "any" : options->target;
        made.emplace(co_await maker.open_one(where, target, c.deadline_ns()));
        if (*made || made->error().kind != status::connection_failed) break;
    }
    if (!*made) {
        const char* step = step_of(made->error());
        report_until(out, seen, step);
        co_return out.failed(step, seen.begun, std::move(*made).error());
    }
    seen.ended = now_ns();
    report_login(out, seen, **made);
    c.server_info("server_version", (*made)->server_version);
    c.server_info("tls", (*made)->tls_description());

    begun = now_ns();
    const session_options how{
        .speaks = make_postgresql_dialect(), .memory = {host_services(), request.arena}};
    session looker(loop, std::move(**made), how);
    permissions found;
    cell_collector rows(
        3,
        [](void* data, std::span<const cell> row) {
            auto& p = *static_cast<permissions*>(data);
            p = {
                std::string(row[0].text()), std::string(row[1].text()), std::string(row[2].text())};
            return true;
        },
        &found
    );
    if (!looker.start_watching()) {
        co_return out.failed(
            "permissions", begun, error{.kind = status::resource_limit, .message = "no descriptor"}
        );
    }
    const pending_connect look(c.raw(), looker.place());
    auto looked = co_await looker.run_internal(permissions_query, "", rows);
    if (!looked) co_return out.failed("permissions", begun, std::move(looked).error());
    out.passed(
        "permissions",
        begun,
        now_ns(),
        found.readable + " of " + found.tables + " tables and views can be read, in " +
            found.schemas + " schemas"
    );
    co_return result<void>();
}

}  // namespace qry::postgresql
