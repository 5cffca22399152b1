// A registry in PostgreSQL, shared by hosts on many machines.
//
// Nothing outlives a transaction on the server (no session settings, no prepared statements, no
// session locks), so that a pooler in transaction mode may stand in between.
#include "connection.hpp"
#include "postgresql_url.hpp"

#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace qry::store {

namespace {

using clock = std::chrono::steady_clock;

constexpr dialect words = {
    .schema = "qry_host.",
    .text = "TEXT COLLATE pg_catalog.\"C\"",
    .blob = "BYTEA",
    .serial = "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
    .lock = "FOR UPDATE"};

// pg_catalog.pg_type.oid of the only types in use; fixed by PostgreSQL for good.
constexpr Oid oid_bytea = 17;
constexpr Oid oid_int8 = 20;
constexpr Oid oid_text = 25;

// "QRYR" once more; the number of the lock that migrating hosts wait for.
constexpr const char* migration_lock = "SELECT pg_advisory_xact_lock(1364351314)";

struct connection_closer {
    void operator()(PGconn* c) const noexcept { PQfinish(c); }
};
struct result_closer {
    void operator()(PGresult* r) const noexcept { PQclear(r); }
};
using answer = std::unique_ptr<PGresult, result_closer>;

// The server is going, gone, not there yet, or not the primary any more: connect again.
bool means_lost(std::string_view state) {
    return state.starts_with("08") || state.starts_with("57P") || state == "25006";
}

struct reading {
    status kind;
    std::string_view hint;
    bool retryable;
};

reading read_state(std::string_view state) {
    if (means_lost(state))
        return {
            status::connection_failed,
            "check that the server runs, accepts writes and can be reached, then try again",
            true};
    if (state == state_unique) return {status::conflict, "", false};
    if (state == "55P03")
        return {status::resource_limit, "another host is changing the same rows; try again", true};
    if (state == state_serialization || state == state_deadlock)
        return {status::resource_limit, "try again", true};
    if (state.starts_with("53") || state.starts_with("54"))
        return {
            status::resource_limit,
            "the server is short of disk, memory or connections; nothing was half written",
            true};
    if (state.starts_with("28"))
        return {status::authentication_failed, "check user and password of the URL", false};
    if (state == "42501" || state == "3F000")
        return {
            status::permission_denied,
            "let the user create the schema qry_host (GRANT CREATE ON DATABASE …), or create it "
            "for the user (CREATE SCHEMA qry_host AUTHORIZATION …)",
            false};
    return {status::connection_failed, "check the server's log", false};
}

value cell(const PGresult* r, int at_row, int column) {
    if (PQgetisnull(r, at_row, column) != 0) return std::monostate{};
    const char* data = PQgetvalue(r, at_row, column);
    const auto size = static_cast<std::size_t>(PQgetlength(r, at_row, column));
    const Oid type = PQftype(r, column);
    if (type == oid_bytea) return blob{std::string(data, size)};
    if (type != oid_int8) return std::string(data, size);
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < size; ++i)
        number = number << 8 | static_cast<std::uint8_t>(data[i]);
    return static_cast<std::int64_t>(number);
}

// Parameters in the form that libpq wants them; valid as long as the values are.
struct bound_parameters {
    explicit bound_parameters(std::span<const value> values) : numbers(values.size()) {
        for (std::size_t i = 0; i < values.size(); ++i)
            bind(values[i], numbers[i]);
    }
    void bind(const value& v, std::string& number) {
        if (const auto* integer = std::get_if<std::int64_t>(&v)) {
            number = std::to_string(*integer);
            push(oid_int8, number, 0);
        } else if (const auto* text = std::get_if<std::string>(&v)) {
            push(oid_text, *text, 0);
        } else if (const auto* bytes = std::get_if<blob>(&v)) {
            push(oid_bytea, bytes->bytes, 1);
        } else {
            types.push_back(0);
            data.push_back(nullptr);
            sizes.push_back(0);
            formats.push_back(0);
        }
    }
    void push(Oid type, const std::string& text, int format) {
        types.push_back(type);
        data.push_back(text.c_str());
        sizes.push_back(static_cast<int>(text.size()));
        formats.push_back(format);
    }
    std::vector<std::string> numbers;
    std::vector<Oid> types;
    std::vector<const char*> data;
    std::vector<int> sizes;
    std::vector<int> formats;
};

class postgresql_connection final : public connection {
public:
    postgresql_connection(
        const std::string& url, postgresql_url parts, std::chrono::milliseconds patience
    )
        : url_(url), parts_(std::move(parts)), patience_(patience) {}
    ~postgresql_connection() override = default;

    const std::string& location() const noexcept override { return parts_.shown; }

    result<void> begin(access mode) override {
        if (!db_ || PQstatus(db_.get()) != CONNECTION_OK) {
            if (auto connected = connect(); !connected) return connected;
        }
        // search_path: operators and functions are PostgreSQL's own, whatever the role has set.
        const std::string start = mode == access::write
                                      ? "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
                                      : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        return script(
            start + "; SET LOCAL search_path = pg_catalog; SET LOCAL statement_timeout = 0; " +
            "SET LOCAL lock_timeout = " + std::to_string(patience_.count())
        );
    }
    result<void> commit() override {
        auto done = ask([&] { return PQsendQuery(db_.get(), "COMMIT"); });
        if (!done) return std::move(done).error();
        // COMMIT of a transaction that failed answers, politely, ROLLBACK.
        if (std::string_view(PQcmdStatus(done->get())) != "COMMIT")
            return failure("40000", "the transaction was rolled back");
        return {};
    }
    void rollback() noexcept override {
        if (!db_ || PQtransactionStatus(db_.get()) == PQTRANS_IDLE) return;
        if (!script("ROLLBACK")) db_.reset();
    }

    result<outcome> run(std::string_view sql, std::span<const value> parameters) override {
        const std::string text = expand(sql, words);
        const bound_parameters bound(parameters);
        auto got = ask([&] {
            return PQsendQueryParams(
                db_.get(),
                text.c_str(),
                static_cast<int>(bound.types.size()),
                bound.types.data(),
                bound.data.data(),
                bound.sizes.data(),
                bound.formats.data(),
                1
            );
        });
        if (!got) return std::move(got).error();
        outcome out;
        const PGresult* r = got->get();
        for (int i = 0; i < PQntuples(r); ++i) {
            row one;
            for (int column = 0; column < PQnfields(r); ++column)
                one.push_back(cell(r, i, column));
            out.rows.push_back(std::move(one));
        }
        out.changed = std::strtoll(PQcmdTuples(got->get()), nullptr, 10);
        return out;
    }

    result<void> script(std::string_view sql) override {
        const std::string text = expand(sql, words);
        auto done = ask([&] { return PQsendQuery(db_.get(), text.c_str()); });
        if (!done) return std::move(done).error();
        return {};
    }

    result<contents> inspect() override {
        auto rows =
            run("SELECT 1 FROM pg_catalog.pg_tables WHERE schemaname = 'qry_host' AND "
                "tablename = 'schema_version'",
                {});
        if (!rows) return std::move(rows).error();
        return rows->rows.empty() ? contents::empty : contents::registry;
    }
    result<void> lock_for_migration() override { return script(migration_lock); }
    result<void> claim_database() override {
        // IF NOT EXISTS asks for the right to create even where the schema is there already.
        auto rows = run("SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = 'qry_host'", {});
        if (!rows) return std::move(rows).error();
        return rows->rows.empty() ? script("CREATE SCHEMA qry_host") : result<void>();
    }
    result<time_point> now() override {
        auto rows = run("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint", {});
        if (!rows) return std::move(rows).error();
        return time_point(std::chrono::microseconds(std::get<std::int64_t>(rows->rows[0][0])));
    }
    // The server watches over its own files.
    result<std::vector<std::string>> check() override { return std::vector<std::string>(); }

private:
    error failure(std::string_view state, std::string text) const {
        while (text.ends_with('\n'))
            text.pop_back();
        text = without_password(std::move(text), parts_.password);
        const reading what = read_state(state);
        return {
            .kind = what.kind,
            .message = "the registry '" + parts_.shown + "' failed: " + text,
            .hint = std::string(what.hint),
            .from = origin::host,
            .sqlstate = std::string(means_lost(state) ? state_lost : state),
            .retryable = what.retryable};
    }
    error lost(std::string text) {
        error e = failure(state_lost, std::move(text));
        db_.reset();
        return e;
    }

    result<void> connect() {
        const auto seconds =
            std::max<std::int64_t>(2, std::chrono::ceil<std::chrono::seconds>(patience_).count());
        const std::string wait = std::to_string(seconds);
        const std::string unacknowledged = std::to_string(patience_.count());
        // What comes before the URL is a default that the URL may override.
        const std::array<const char*, 6> keywords = {
            "connect_timeout",
            "tcp_user_timeout",
            "fallback_application_name",
            "dbname",
            "client_encoding",
            nullptr};
        const std::array<const char*, 6> values = {
            wait.c_str(), unacknowledged.c_str(), "qry-host", url_.c_str(), "UTF8", nullptr};
        db_.reset(PQconnectdbParams(keywords.data(), values.data(), 1));
        if (!db_) return lost("not enough memory to connect");
        if (PQstatus(db_.get()) == CONNECTION_OK) {
            // Notices are not for standard error.
            PQsetNoticeProcessor(
                db_.get(), [](void*, const char*) {}, nullptr
            );
            return {};
        }
        std::string text = PQerrorMessage(db_.get());
        // libpq does not tell the SQLSTATE of a connection that failed.
        const bool refused = PQconnectionNeedsPassword(db_.get()) != 0 ||
                             text.find("authentication failed") != std::string::npos;
        error e = lost(std::move(text));
        // Trying again at once would wait as long once more.
        e.sqlstate = refused ? "28000" : "08001";
        if (refused) {
            e.kind = status::authentication_failed;
            e.hint = "check user and password of the URL";
            e.retryable = false;
        }
        return e;
    }

    // Sends by `send`, waits for all results of it and gives the last.
    template <class Send>
    result<answer> ask(Send&& send) {
        if (!db_) return failure(state_lost, "the connection is gone");
        const auto until = clock::now() + patience_ + std::chrono::seconds(20);
        if (send() != 1) return lost(PQerrorMessage(db_.get()));
        answer last;
        std::optional<error> first_error;
        for (;;) {
            if (auto ready = wait_for_result(until); !ready) return std::move(ready).error();
            answer next(PQgetResult(db_.get()));
            if (!next) break;
            const auto state = PQresultStatus(next.get());
            if ((state == PGRES_FATAL_ERROR || state == PGRES_BAD_RESPONSE) && !first_error)
                first_error = read_error(next.get());
            last = std::move(next);
        }
        if (!first_error) return last;
        if (first_error->sqlstate == state_lost) db_.reset();
        return std::move(*first_error);
    }

    error read_error(const PGresult* r) const {
        const char* state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
        const char* text = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
        // Without a state it is libpq that speaks: the connection broke.
        if (state == nullptr) return failure(state_lost, PQresultErrorMessage(r));
        return failure(state, text == nullptr ? "unknown error" : text);
    }

    // Until PQgetResult would not block.
    result<void> wait_for_result(clock::time_point until) {
        while (PQisBusy(db_.get()) != 0) {
            const auto left =
                std::chrono::ceil<std::chrono::milliseconds>(until - clock::now()).count();
            pollfd watch{.fd = PQsocket(db_.get()), .events = POLLIN, .revents = 0};
            const int ready = left <= 0 ? 0 : poll(&watch, 1, static_cast<int>(left));
            if (ready == 0) {
                error e = lost("the server did not answer in time");
                // Asking again would wait as long once more.
                e.sqlstate = "HYT00";
                return e;
            }
            if (ready < 0 && errno != EINTR) return lost(std::strerror(errno));
            if (ready > 0 && PQconsumeInput(db_.get()) != 1) return lost(PQerrorMessage(db_.get()));
        }
        return {};
    }

    const std::string url_;
    const postgresql_url parts_;
    const std::chrono::milliseconds patience_;
    std::unique_ptr<PGconn, connection_closer> db_;
};

}  // namespace

result<std::unique_ptr<connection>> connect_postgresql(
    const std::string& url, std::chrono::milliseconds patience
) {
    auto parts = read_postgresql_url(url);
    if (!parts) return std::move(parts).error();
    return std::unique_ptr<connection>(
        std::make_unique<postgresql_connection>(url, std::move(*parts), patience)
    );
}

}  // namespace qry::store
