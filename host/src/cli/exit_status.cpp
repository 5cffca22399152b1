#include "cli/exit_status.hpp"

#include <nlohmann/json.hpp>

#include <qry/host.hpp>

#include "cli/terminal.hpp"

namespace qry::cli {

namespace {

nlohmann::ordered_json to_json(const error& e) {
    nlohmann::ordered_json out = {
        {"kind", kind_name(e.kind)},
        {"message", e.message},
        {"hint", e.hint},
        {"sqlstate", e.sqlstate},
        {"origin", origin_name(e.from)},
        {"datasource", e.datasource},
        {"retryable", e.retryable},
    };
    if (!e.detail.empty()) out["detail"] = e.detail;
    if (!e.parameter.empty()) out["parameter"] = e.parameter;
    if (e.position != 0) out["position"] = e.position;
    if (e.vendor_code != 0) out["vendor_code"] = e.vendor_code;
    if (e.limit) {
        out["limit"] = std::chrono::duration<double>(e.limit->limit).count();
        out["limit_source"] = e.limit->source;
        out["elapsed"] = std::chrono::duration<double>(e.limit->elapsed).count();
    }
    return {{"error", std::move(out)}};
}

}  // namespace

int exit_status(const error& e) noexcept {
    switch (e.kind) {
        case status::ok:
            return exit_done;
        case status::invalid_parameter:
        case status::not_found:
            return e.from == origin::server ? exit_failed : exit_usage;
        case status::permission_denied:
            return exit_denied;
        case status::query_timeout:
        case status::pool_timeout:
            return exit_time_limit;
        case status::credential_error:
            return exit_credentials;
        case status::connection_failed:
        case status::authentication_failed:
        case status::tls_failed:
        case status::query_error:
        case status::query_cancelled:
        case status::plugin_crashed:
        case status::plugin_error:
        case status::resource_limit:
        case status::unsupported:
        case status::conflict:
        case status::closed:
        case status::forked_process:
            return exit_failed;
    }
    return exit_failed;
}

std::string describe(const error& e, error_form form) {
    if (form == error_form::json) {
        // Texts of servers may hold anything; bad bytes are replaced, never thrown about.
        return to_json(e).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
    }
    std::string out = "error: " + printable(e.message);
    const std::string named = "'" + e.datasource + "'";
    if (!e.datasource.empty() && e.message.find(named) == std::string::npos) {
        out += " (datasource '" + printable(e.datasource) + "')";
    }
    if (!e.sqlstate.empty()) out += " [" + printable(e.sqlstate) + "]";
    out += '\n';
    if (!e.detail.empty()) out += "detail: " + printable(e.detail) + "\n";
    if (!e.hint.empty()) out += "hint: " + printable(e.hint) + "\n";
    return out;
}

error usage_error(std::string message, std::string hint) {
    error e{.kind = status::invalid_parameter, .message = std::move(message)};
    e.hint = std::move(hint);
    e.from = origin::host;
    return e;
}

}  // namespace qry::cli
