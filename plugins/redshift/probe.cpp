// test(): connect step by step, and say of the step that fails what to try.
#include <qry/clock.hpp>
#include <qry/pending_connect.hpp>
#include <qry/test_reporter.hpp>

#include "driver.hpp"
#include "postgresql/row_reader.hpp"

namespace qry::redshift {

namespace {

constexpr const char* no_tls = "none: the connection is plain text";

// The steps of a try that failed, up to the one that did.
error report_failure(
    test_reporter& out, const steps& s, const connect_options& options, error why
) {
    if (s.connected == 0) return out.failed("tcp", s.begun, std::move(why));
    out.passed("tcp", s.begun, s.connected, options.host + ":" + options.port);
    if (s.encrypted == 0) return out.failed("tls", s.connected, std::move(why));
    out.passed("tls", s.connected, s.encrypted, options.tls ? "agreed" : no_tls);
    const bool refused =
        s.accepted == 0 && why.kind != status::not_found && why.sqlstate != "3D000";
    if (refused) return out.failed("authenticate", s.encrypted, std::move(why));
    out.passed("authenticate", s.encrypted, s.accepted, "accepted");
    return out.failed("database", s.accepted, std::move(why));
}

void report_login(
    test_reporter& out, const steps& s, const connect_options& options, const postgresql::link& made
) {
    const std::string tls = made.tls_description();
    out.passed("tcp", s.begun, s.connected, made.where.name());
    out.passed("tls", s.connected, s.encrypted, tls.empty() ? no_tls : tls);
    out.passed("authenticate", s.encrypted, s.accepted, made.user);
    out.passed(
        "database", s.accepted, s.ready, options.database + ", server " + made.server_version
    );
}

constexpr std::string_view permissions_query =
    "select count(*)::varchar from svv_all_tables where database_name = current_database()"
    " and schema_name not in ('pg_catalog', 'information_schema') and $1::varchar is not null";

}  // namespace

task<result<void>> driver::test(connect_request request, call c) {
    auto options = read_connect_options(request.params, c);
    if (!options) co_return std::move(options).error();
    const loop_ref loop{request.loop, host_services()->loop};
    attempt making(loop, *options);
    const pending_connect entry(c.raw(), making);
    test_reporter out(c);

    std::int64_t begun = now_ns();
    auto hosts = co_await making.start().find_hosts(c.deadline_ns());
    if (!hosts) co_return out.failed("resolve", begun, std::move(hosts).error());
    out.passed("resolve", begun, now_ns(), options->host);

    begun = now_ns();
    auto who = co_await making.credentials().identify(c.deadline_ns());
    if (!who) co_return out.failed("authenticate", begun, std::move(who).error());

    auto made = co_await making.start().open(std::move(*hosts), *who, c.deadline_ns());
    const steps& s = making.start().last();
    if (!made) co_return report_failure(out, s, *options, std::move(made).error());
    report_login(out, s, *options, *made);
    c.server_info("server_version", made->server_version);
    c.server_info("tls", made->tls_description());

    begun = now_ns();
    postgresql::session looker(loop, std::move(*made), session_options_of(*options, request.arena));
    std::string tables;
    postgresql::cell_collector rows(
        1,
        [](void* data, std::span<const postgresql::cell> row) {
            *static_cast<std::string*>(data) = row[0].text();
            return true;
        },
        &tables
    );
    if (!looker.start_watching()) {
        co_return out.failed("permissions", begun, postgresql::cannot_watch());
    }
    making.look_with(&looker.place());
    auto looked = co_await looker.run_internal(permissions_query, "", rows);
    making.look_with(nullptr);
    if (!looked) co_return out.failed("permissions", begun, std::move(looked).error());
    out.passed("permissions", begun, now_ns(), tables + " tables and views can be seen");
    co_return result<void>();
}

}  // namespace qry::redshift
