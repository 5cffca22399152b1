#include "connect.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <chrono>

#include <qry/call.hpp>
#include <qry/clock.hpp>

#include "error.hpp"
#include "handshake.hpp"
#include "key_trace.hpp"

namespace qry::postgresql {

namespace {

class libpq_connection final : public connection_owner {
public:
    explicit libpq_connection(unique_connection connection) noexcept
        : connection_(std::move(connection)) {}
    int socket() const noexcept override { return PQsocket(connection_.get()); }
    ssl_st* tls() const noexcept override {
        return static_cast<ssl_st*>(PQsslStruct(connection_.get(), "OpenSSL"));
    }

private:
    unique_connection connection_;
};

// What settles the matter whatever host comes next.
bool ends_search(const error& e) {
    return e.kind == status::authentication_failed || e.kind == status::not_found ||
           e.kind == status::permission_denied || e.kind == status::query_cancelled ||
           e.kind == status::resource_limit;
}

error with_host(error e, const endpoint& where) {
    if (e.message.find(where.port) == std::string::npos) {
        e.message = where.name() + ": " + e.message;
    }
    return e;
}

}  // namespace

void finish_connection::operator()(pg_conn* c) const noexcept {
    PQfinish(c);
}

unique_connection connector::begin(const endpoint& where, std::string_view target) const {
    std::vector<std::pair<std::string, std::string>> all = options_.plain;
    const auto add = [&all](const char* name, std::string_view value) {
        if (!value.empty()) all.emplace_back(name, value);
    };
    add("service", options_.service);
    add("host", where.host);
    add("hostaddr", where.address);
    if (options_.service.empty() || !where.host.empty()) add("port", where.port);
    add("sslmode", options_.sslmode);
    add("target_session_attrs", target);
    add("gssencmode", "disable");
    add("client_encoding", "UTF8");
    std::vector<const char*> names;
    std::vector<const char*> values;
    for (const auto& [name, value] : all) {
        names.push_back(name.c_str());
        values.push_back(value.c_str());
    }
    const auto add_secret = [&](const char* name, const secret& s) {
        if (s.empty()) return;
        names.push_back(name);
        values.push_back(s.reveal().data());
    };
    add_secret("password", options_.password);
    add_secret("sslpassword", options_.key_password);
    names.push_back(nullptr);
    values.push_back(nullptr);
    // expand_dbname = 0: a dbname that looks like a connection string is only a name.
    return unique_connection(PQconnectStartParams(names.data(), values.data(), 0));
}

task<result<void>> connector::poll(
    pg_conn* connection, const endpoint& where, std::int64_t until, std::int64_t deadline_ns
) {
    int phase = -1;
    std::uint32_t events = QRY_WRITABLE;
    for (;;) {
        if (!place_.watch(PQsocket(connection))) co_return cannot_watch();
        const wake why = co_await place_.wait(events, std::min(until, deadline_ns));
        // libpq may close the socket and open another under the same number.
        place_.unwatch();
        if (why != wake::ready) {
            co_return with_host(stopped(why, "connecting to " + where.name()), where);
        }
        const PostgresPollingStatusType state = PQconnectPoll(connection);
        if (observer_ != nullptr && PQstatus(connection) != phase) {
            phase = PQstatus(connection);
            observer_(observer_data_, phase, PQsslInUse(connection) != 0);
        }
        switch (state) {
            case PGRES_POLLING_OK:
                co_return result<void>();
            case PGRES_POLLING_READING:
                events = QRY_READABLE;
                break;
            case PGRES_POLLING_WRITING:
                events = QRY_WRITABLE;
                break;
            default:
                co_return connect_error(PQerrorMessage(connection), options_.sslmode);
        }
    }
}

result<link> connector::take_over(
    unique_connection connection, const endpoint& where, const key_trace& trace
) const {
    if (PQgssEncInUse(connection.get()) != 0) {
        return error{
            .kind = status::unsupported,
            .message = "the connection is encrypted by GSSAPI, which this driver cannot read",
            .hint = "Set gssencmode=disable and sslmode=require."};
    }
    PQsetnonblocking(connection.get(), 1);
    link made;
    made.where = where;
    const auto setting = [&connection](const char* name) {
        const char* value = PQparameterStatus(connection.get(), name);
        return std::string(value != nullptr ? value : "");
    };
    made.server_version = setting("server_version");
    made.server_encoding = setting("server_encoding");
    made.user = PQuser(connection.get());
    made.database = PQdb(connection.get());
    const auto key = trace.key(PQbackendPID(connection.get()));
    made.connection = std::make_unique<libpq_connection>(std::move(connection));
    if (key) made.know_key(*key);
    if (!made.cancel) {
        log(QRY_LOG_WARN,
            "postgresql: the cancel key is not known; statements of this session "
            "cannot be cancelled");
    }
    return made;
}

task<result<link>> connector::open_one(
    const endpoint& where, std::string_view target, std::int64_t deadline_ns
) {
    const std::int64_t until = later(now_ns(), options_.connect_timeout.count());
    unique_connection connection = begin(where, target);
    if (!connection) {
        co_return error{.kind = status::resource_limit, .message = "connect: out of memory"};
    }
    if (PQstatus(connection.get()) == CONNECTION_BAD) {
        co_return with_host(
            connect_error(PQerrorMessage(connection.get()), options_.sslmode), where
        );
    }
    key_trace trace(connection.get());
    auto polled = co_await poll(connection.get(), where, until, deadline_ns);
    trace.stop();
    if (!polled) co_return with_host(std::move(polled).error(), where);
    co_return take_over(std::move(connection), where, trace);
}

task<result<std::vector<endpoint>>> connector::find_hosts(std::int64_t deadline_ns) {
    auto hosts = read_endpoints(options_.hosts, options_.addresses, options_.ports);
    if (!hosts) co_return std::move(hosts);
    const std::int64_t until =
        std::min(deadline_ns, later(now_ns(), options_.connect_timeout.count()));
    std::vector<endpoint> list = std::move(*hosts);
    co_return co_await resolve(place_, std::move(list), until);
}

task<result<link>> connector::open(std::int64_t deadline_ns) {
    auto hosts = co_await find_hosts(deadline_ns);
    if (!hosts) co_return std::move(hosts).error();
    // prefer-standby is two searches: a standby, else anything.
    const bool prefer_standby = options_.target == "prefer-standby";
    std::vector<std::string> targets{options_.target};
    if (prefer_standby) targets = {"standby", "any"};
    std::optional<error> last;
    for (const std::string& target : targets) {
        for (const endpoint& where : *hosts) {
            auto made = co_await open_one(where, target, deadline_ns);
            if (made) co_return std::move(made);
            const bool final = ends_search(made.error()) || now_ns() >= deadline_ns;
            last = std::move(made).error();
            if (final) co_return std::move(*last);
        }
    }
    if (hosts->size() > 1) {
        last->message = "none of " + std::to_string(hosts->size()) +
                        " addresses could be used; the last: " + last->message;
    }
    co_return std::move(*last);
}

task<result<void>> connector::knock(const endpoint& where, std::int64_t deadline_ns) {
    if (where.local()) co_return result<void>();
    const std::int64_t until =
        std::min(deadline_ns, later(now_ns(), options_.connect_timeout.count()));
    auto made = co_await connect_tcp(place_, where, until);
    if (!made) co_return with_host(std::move(made).error(), where);
    co_return result<void>();
}

}  // namespace qry::postgresql
