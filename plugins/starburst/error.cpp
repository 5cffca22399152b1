#include "error.hpp"

#include <array>

namespace qry::starburst {

namespace {

struct meaning {
    std::string_view name;
    status kind;
    std::string_view sqlstate;
    std::string_view hint;
};

// Names of io.trino.spi.StandardErrorCode. SQLSTATE is ours: Trino has none of its own, and these
// are what its JDBC clients' users look for.
constexpr std::array meanings{
    meaning{"USER_CANCELED", status::query_cancelled, "57014", ""},
    meaning{
        "PERMISSION_DENIED",
        status::permission_denied,
        "42501",
        "Ask an administrator of the cluster for the privilege, or set roles."},
    meaning{"SYNTAX_ERROR", status::query_error, "42601", ""},
    meaning{"TABLE_NOT_FOUND", status::query_error, "42P01", ""},
    meaning{"SCHEMA_NOT_FOUND", status::query_error, "3F000", ""},
    meaning{"CATALOG_NOT_FOUND", status::query_error, "3D000", ""},
    meaning{"COLUMN_NOT_FOUND", status::query_error, "42703", ""},
    meaning{"FUNCTION_NOT_FOUND", status::query_error, "42883", ""},
    meaning{"TYPE_MISMATCH", status::query_error, "42804", ""},
    meaning{"TABLE_ALREADY_EXISTS", status::query_error, "42P07", ""},
    meaning{"DIVISION_BY_ZERO", status::query_error, "22012", ""},
    meaning{"NUMERIC_VALUE_OUT_OF_RANGE", status::query_error, "22003", ""},
    meaning{"INVALID_CAST_ARGUMENT", status::query_error, "22018", ""},
    meaning{
        "MISSING_CATALOG_NAME",
        status::query_error,
        "3D000",
        "Set the datasource's catalog, or write catalog.schema.table."},
    meaning{
        "MISSING_SCHEMA_NAME",
        status::query_error,
        "3F000",
        "Set the datasource's catalog and schema, or write catalog.schema.table."},
    meaning{
        "QUERY_QUEUE_FULL", status::resource_limit, "53000", "The cluster is busy: run it later."},
    meaning{
        "EXCEEDED_TIME_LIMIT",
        status::query_error,
        "57014",
        "The cluster's own limit (query_max_run_time) ended it."},
    meaning{"NOT_SUPPORTED", status::query_error, "0A000", ""},
};

const meaning* find(std::string_view name) noexcept {
    for (const meaning& m : meanings) {
        if (m.name == name) return &m;
    }
    return nullptr;
}

}  // namespace

std::int64_t position_in(std::string_view sql, std::int64_t line, std::int64_t column) noexcept {
    if (line < 1 || column < 1) return 0;
    std::size_t at = 0;
    for (; line > 1; --line) {
        at = sql.find('\n', at);
        if (at == std::string_view::npos) return 0;
        ++at;
    }
    std::int64_t characters = 0;
    for (std::size_t i = 0; i < at; ++i)
        characters += (static_cast<unsigned char>(sql[i]) & 0xC0) != 0x80 ? 1 : 0;
    return characters + column;
}

error make_error(const server_error& from, std::string_view sql) {
    error e;
    e.kind = status::query_error;
    e.from = origin::server;
    e.vendor_code = from.code;
    const meaning* known = find(from.name);
    if (known != nullptr) {
        e.kind = known->kind;
        e.sqlstate = known->sqlstate;
        e.hint = known->hint;
    } else if (from.type == "INSUFFICIENT_RESOURCES") {
        e.kind = status::resource_limit;
        e.sqlstate = "53000";
        e.hint = "The cluster ran out of what it allows one query: read less, or run it later.";
    }
    e.message =
        from.message.empty() ? "the server reported an error without a message" : from.message;
    e.detail = from.name + " (" + from.type + ")";
    e.position = position_in(sql, from.line, from.column);
    return e;
}

error status_error(const http::response& from) {
    const std::string code = std::to_string(from.status);
    // A server's own words are short; what a proxy sends is a page of HTML.
    std::string words = from.body.substr(0, 300);
    if (words.find('<') != std::string::npos) words.clear();
    const std::string said = words.empty() ? "" : ": " + words;
    if (from.status == 401) {
        return {
            .kind = status::authentication_failed,
            .message = "the server refused the login (HTTP 401)" + said,
            .hint =
                "Check auth, user, and what proves it: the password, the accessToken, the client "
                "certificate, or a Kerberos ticket (kinit gets one).",
            .from = origin::server};
    }
    if (from.status == 403) {
        return {
            .kind = status::permission_denied,
            .message = "the server refused the user (HTTP 403)" + said,
            .hint = "Check that the user may use this cluster, or act as the user that is set.",
            .from = origin::server};
    }
    if (from.status == 404 || from.status == 410) {
        return {
            .kind = status::query_error,
            .message = "the server does not know the query any more (HTTP " + code + ")" + said,
            .hint =
                "It was restarted, or the query was not asked after for too long (5 minutes). Run "
                "it again; if this comes at once, check host and port.",
            .from = origin::server};
    }
    const bool busy = from.status == 429 || from.status >= 500;
    return {
        .kind = status::connection_failed,
        .message = "the server answered HTTP " + code + said,
        .hint = busy ? "The cluster, or the gateway before it, is not ready: run it again later."
                     : "Check host, port and http_scheme: this may not be a Trino server.",
        .from = origin::server,
        .retryable = busy};
}

error protocol_broken(std::string_view what) {
    return {
        .kind = status::connection_failed,
        .message = "the server broke the protocol: " + std::string(what),
        .hint = "Check that host and port lead to a Trino or Starburst server."};
}

error next_elsewhere(std::string_view url, std::string_view origin) {
    const std::size_t host = url.find("//");
    const std::size_t path =
        host == std::string_view::npos ? std::string_view::npos : url.find('/', host + 2);
    return {
        .kind = status::connection_failed,
        .message = "the server, asked at " + std::string(origin) +
                   ", answers that its rows are at " + std::string(url.substr(0, path)) +
                   "; the login is not sent there",
        .hint =
            "Behind a proxy, set http-server.process-forwarded=true on the coordinator, and let "
            "the proxy send X-Forwarded-Proto, -Host and -Port."};
}

}  // namespace qry::starburst
