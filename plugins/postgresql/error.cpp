#include "error.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace qry::postgresql {

namespace {

struct advice {
    std::string_view sqlstate;
    std::string_view hint;
};

constexpr std::array advices{
    advice{"28P01", "Check user and password; the server does not say which of them is wrong."},
    advice{
        "28000",
        "Ask the administrator for a line in pg_hba.conf that lets this user, database, address "
        "and sslmode in."},
    advice{"3D000", "Check the parameter dbname; list the databases with \"psql -l\"."},
    advice{"42501", "Ask the owner for the privilege, for example GRANT SELECT ON the table."},
    advice{"42P01", "Check the name and the parameter search_path; quote names with capitals."},
    advice{
        "42883",
        "No function or operator takes these types; a cast such as $1::int often settles it."},
    advice{"42P18", "Say the type of the argument in the statement, for example $1::text."},
    advice{"42601", "Check the syntax near the position; send one statement at a time."},
    advice{
        "53300",
        "The server has no free connection slot: lower pool_max_size or raise max_connections."},
    advice{"53200", "The server is out of memory; make the query smaller or lower work_mem."},
    advice{"53100", "The server's disk is full; temporary files of large sorts count too."},
    advice{"57P01", "The server ended the session on an administrator's command; run it again."},
    advice{"57P02", "The server crashed and restarts; run it again in a moment."},
    advice{"57P03", "The server is starting up or shutting down; try again in a moment."},
    advice{"57P05", "The session was idle for longer than the server allows; run it again."},
    advice{"25P03", "The transaction was idle for longer than the server allows; run it again."},
    advice{
        "57014",
        "The server stopped it, not this host: look at statement_timeout, lock_timeout and "
        "administrators."},
    advice{"40001", "Two transactions collided; run it again."},
    advice{"40P01", "Two transactions waited for each other; run it again."},
    advice{"55P03", "Another transaction holds the lock; run it again later."},
    advice{"25006", "The server or the transaction is read-only; write to the primary."},
    advice{
        "22021",
        "A text does not hold what the encoding allows; in a SQL_ASCII database say what it is: "
        "convert_from(column::bytea, 'LATIN1')."},
    advice{"22P02", "A text could not be read as the type that is expected there."},
};

bool starts_with_any(std::string_view text, std::initializer_list<std::string_view> starts) {
    return std::any_of(starts.begin(), starts.end(), [text](std::string_view s) {
        return text.starts_with(s);
    });
}

status kind_of(std::string_view sqlstate, bool cancelled) {
    if (sqlstate == "57014" && cancelled) return status::query_cancelled;
    if (starts_with_any(sqlstate, {"28"})) return status::authentication_failed;
    if (sqlstate == "42501") return status::permission_denied;
    if (starts_with_any(sqlstate, {"08", "57P01", "57P02", "57P03", "57P05", "25P03", "53300"})) {
        return status::connection_failed;
    }
    if (starts_with_any(sqlstate, {"53"})) return status::resource_limit;
    return status::query_error;
}

bool is_retryable(std::string_view sqlstate) {
    return starts_with_any(
        sqlstate, {"08", "40", "53300", "55P03", "57P01", "57P02", "57P03", "57P05", "25P03"}
    );
}

void add_line(std::string& text, std::string_view label, std::string_view value) {
    if (value.empty()) return;
    if (!text.empty()) text += '\n';
    text += label;
    text += value;
}

}  // namespace

std::string_view hint_for(std::string_view sqlstate) noexcept {
    for (const advice& a : advices) {
        if (a.sqlstate == sqlstate) return a.hint;
    }
    return {};
}

error make_error(const server_message& m, bool cancelled) {
    error e;
    e.kind = kind_of(m.sqlstate, cancelled);
    e.from = origin::server;
    e.message = m.message.empty() ? "the server reported an error without a message" : m.message;
    e.sqlstate = m.sqlstate;
    e.position = m.position;
    e.retryable = is_retryable(m.sqlstate);
    e.hint = m.hint.empty() ? std::string(hint_for(m.sqlstate)) : m.hint;
    if (m.sqlstate == "42601" && m.message.find("multiple commands") != std::string::npos) {
        e.message = "the text holds more than one statement";
        e.hint = "Send one statement at a time.";
    }
    e.detail = m.detail;
    add_line(e.detail, "schema: ", m.schema);
    add_line(e.detail, "table: ", m.table);
    add_line(e.detail, "column: ", m.column);
    add_line(e.detail, "type: ", m.data_type);
    add_line(e.detail, "constraint: ", m.constraint);
    add_line(e.detail, "where: ", m.where);
    return e;
}

error connection_lost(std::string_view what) {
    return {
        .kind = status::connection_failed,
        .message = "the connection to the server was lost: " + std::string(what),
        .hint =
            "Run it again: a new session will be opened. Whether a statement that writes was "
            "carried out is not known.",
        .retryable = true};
}

error protocol_broken(std::string_view what) {
    return {
        .kind = status::connection_failed,
        .message = "the server broke the protocol: " + std::string(what),
        .hint =
            "Check that host and port lead to a PostgreSQL server (or a proxy that speaks its "
            "protocol)."};
}

namespace {

bool contains(std::string_view text, std::string_view what) {
    return text.find(what) != std::string_view::npos;
}

// libpq 15 gives no SQLSTATE for a failed connection; these words have not changed since 9.0, and
// the server's own are only matched where it speaks English.
error classify(std::string_view t, std::string_view sslmode) {
    if (contains(t, "password authentication failed") || contains(t, "no password supplied") ||
        contains(t, "authentication failed") || contains(t, "SCRAM")) {
        return {
            .kind = status::authentication_failed,
            .hint = std::string(hint_for("28P01")),
            .from = origin::server,
            .sqlstate = contains(t, "no password supplied") ? "" : "28P01"};
    }
    if (contains(t, "no pg_hba.conf entry") || contains(t, "pg_hba.conf rejects") ||
        (contains(t, "role \"") && contains(t, "does not exist")) ||
        contains(t, "is not permitted to log in") ||
        contains(t, "requires a valid client certificate") ||
        contains(t, "certificate authentication failed")) {
        return {
            .kind = status::authentication_failed,
            .hint = std::string(hint_for("28000")),
            .from = origin::server,
            .sqlstate = "28000"};
    }
    if (contains(t, "database \"") && contains(t, "does not exist")) {
        return {
            .kind = status::not_found,
            .hint = std::string(hint_for("3D000")),
            .from = origin::server,
            .sqlstate = "3D000"};
    }
    if (contains(t, "permission denied for database")) {
        return {
            .kind = status::permission_denied,
            .hint = "Ask the owner: GRANT CONNECT ON DATABASE.",
            .from = origin::server,
            .sqlstate = "42501"};
    }
    if (contains(t, "server does not support SSL")) {
        return {
            .kind = status::tls_failed,
            .hint = "sslmode is " + std::string(sslmode) +
                    ", but the server speaks no TLS: switch it on there, or set sslmode=prefer "
                    "if plain text is acceptable."};
    }
    if (contains(t, "certificate") || contains(t, "SSL") || contains(t, "root.crt")) {
        return {
            .kind = status::tls_failed,
            .hint =
                "Check sslmode, sslrootcert (the CA that signed the server's certificate), "
                "and that host is a name in the certificate."};
    }
    if (contains(t, "remaining connection slots") || contains(t, "too many clients") ||
        contains(t, "too many connections")) {
        return {
            .kind = status::connection_failed,
            .hint = std::string(hint_for("53300")),
            .from = origin::server,
            .sqlstate = "53300",
            .retryable = true};
    }
    if (contains(t, "the database system is")) {
        return {
            .kind = status::connection_failed,
            .hint = std::string(hint_for("57P03")),
            .from = origin::server,
            .sqlstate = "57P03",
            .retryable = true};
    }
    // libpq's own words have one space behind a colon; a server's severity, in any language, two.
    if (contains(t, ":  ")) {
        return {
            .kind = status::connection_failed,
            .hint =
                "The server was reached and refused: do what its message asks for, or show it "
                "to the server's administrator.",
            .from = origin::server};
    }
    return {
        .kind = status::connection_failed,
        .hint =
            "Check host and port, that the server runs and listens there, and that no "
            "firewall is in between.",
        .retryable = true};
}

// libpq keeps the words of every attempt, and tries sslmode=prefer twice.
std::string each_line_once(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        while (line.ends_with(' '))
            line.remove_suffix(1);
        if (!line.empty() && std::ranges::find(lines, line) == lines.end()) lines.push_back(line);
    }
    std::string all;
    for (const std::string_view line : lines) {
        if (!all.empty()) all += ' ';
        all += line;
    }
    return all;
}

}  // namespace

error connect_error(std::string_view text, std::string_view sslmode) {
    error e = classify(text, sslmode);
    e.message = each_line_once(text);
    if (e.message.empty()) e.message = "the connection could not be made";
    return e;
}

}  // namespace qry::postgresql
