// The C++ face of qry_error: what result<T> carries when it carries no value.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "error.h"

namespace qry {

// Mirrors qry_status value by value; see status.h for what each one means.
enum class status : std::int32_t {
    ok = QRY_OK,
    connection_failed = QRY_CONNECTION_FAILED,
    authentication_failed = QRY_AUTHENTICATION_FAILED,
    tls_failed = QRY_TLS_FAILED,
    query_error = QRY_QUERY_ERROR,
    query_timeout = QRY_QUERY_TIMEOUT,
    query_cancelled = QRY_QUERY_CANCELLED,
    pool_timeout = QRY_POOL_TIMEOUT,
    permission_denied = QRY_PERMISSION_DENIED,
    invalid_parameter = QRY_INVALID_PARAMETER,
    credential_error = QRY_CREDENTIAL_ERROR,
    plugin_crashed = QRY_PLUGIN_CRASHED,
    plugin_error = QRY_PLUGIN_ERROR,
    resource_limit = QRY_RESOURCE_LIMIT,
    unsupported = QRY_UNSUPPORTED,
    not_found = QRY_NOT_FOUND,
    conflict = QRY_CONFLICT,
    closed = QRY_CLOSED,
    forked_process = QRY_FORKED_PROCESS,
};

enum class origin : std::int32_t {
    unset = QRY_ORIGIN_UNSET,
    host = QRY_ORIGIN_HOST,
    plugin = QRY_ORIGIN_PLUGIN,
    server = QRY_ORIGIN_SERVER,
};

// Which time limit ended a call; the host fills it in.
struct time_limit {
    std::chrono::nanoseconds limit{};
    // Where it was set: "query", "datasource 'sales'", "default".
    std::string source;
    std::chrono::nanoseconds elapsed{};
};

// Texts are UTF-8 and hold no secret. Empty string = not given.
struct error {
    status kind = status::plugin_error;
    std::string message;
    std::string hint{};
    origin from = origin::plugin;
    std::string detail{};
    // Five characters or empty.
    std::string sqlstate{};
    std::int64_t vendor_code = 0;
    // The parameter at fault, for invalid_parameter.
    std::string parameter{};
    // In characters of the SQL text, from 1; 0 = unknown.
    std::int64_t position = 0;
    bool retryable = false;
    // Filled in by the host.
    std::string datasource{};
    std::optional<time_limit> limit{};
};

// What is wrong with a parameter of the datasource, and what to do about it.
[[nodiscard]] inline error invalid_parameter(
    std::string parameter, std::string message, std::string hint
) {
    return {
        .kind = status::invalid_parameter,
        .message = std::move(message),
        .hint = std::move(hint),
        .parameter = std::move(parameter)};
}

// The C form of an error; borrows its strings, so `e` must outlive the result.
inline qry_error to_c(const error& e) noexcept {
    qry_error out{};
    out.struct_size = sizeof(out);
    out.status = static_cast<qry_status>(e.kind);
    out.origin = static_cast<std::int32_t>(e.from);
    out.retryable = e.retryable ? 1 : 0;
    out.vendor_code = e.vendor_code;
    e.sqlstate.copy(out.sqlstate, 5);
    out.message = e.message.c_str();
    out.detail = e.detail.empty() ? nullptr : e.detail.c_str();
    out.hint = e.hint.empty() ? nullptr : e.hint.c_str();
    out.parameter = e.parameter.empty() ? nullptr : e.parameter.c_str();
    out.position = e.position;
    return out;
}

}  // namespace qry
