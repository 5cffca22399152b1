#include "base/errors.hpp"

#include <cstdio>

namespace qry::base {

namespace {

std::string quantity(double value, const char* unit) {
    char text[48];
    std::snprintf(text, sizeof(text), "%.3g %s", value, unit);
    return text;
}

// Where to raise the limit, for whoever reads the error.
std::string raise_hint(const deadline& limit) {
    if (limit.source() == "query") return "raise the timeout given with the query";
    if (limit.source() == "default") {
        return "give the query a timeout, or set one on the datasource";
    }
    return "raise the timeout of " + limit.source() + ", or give the query its own";
}

}  // namespace

std::string format_duration(std::chrono::nanoseconds value) {
    const auto ns = static_cast<double>(value.count());
    const double size = ns < 0 ? -ns : ns;
    if (size == 0) return "0 s";
    if (size < 1e3) return quantity(ns, "ns");
    if (size < 1e6) return quantity(ns / 1e3, "us");
    if (size < 999.5e6) return quantity(ns / 1e6, "ms");
    if (size < 100e9) return quantity(ns / 1e9, "s");
    char text[48];
    std::snprintf(text, sizeof(text), "%.0f s", ns / 1e9);
    return text;
}

error query_timeout_error(const deadline& limit, std::int64_t now, std::string_view doing) {
    return {
        .kind = status::query_timeout,
        .message = "the query was stopped while " + std::string(doing) + ": its time limit of " +
                   format_duration(limit.limit()) + " (" + limit.source() + ") passed",
        .hint = raise_hint(limit),
        .from = origin::host,
        .limit = limit.describe(now)};
}

error pool_timeout_error(const deadline& limit, std::int64_t now, int sessions) {
    return {
        .kind = status::pool_timeout,
        .message = "no session became free within the time limit of " +
                   format_duration(limit.limit()) + " (" + limit.source() + "); all " +
                   std::to_string(sessions) + " are in use",
        .hint = "raise pool_max_size of the datasource, or " + raise_hint(limit),
        .from = origin::host,
        .retryable = true,
        .limit = limit.describe(now)};
}

error cancelled_error() {
    return {
        .kind = status::query_cancelled,
        .message = "the query was cancelled on request",
        .from = origin::host};
}

error closed_error(std::string_view what) {
    return {
        .kind = status::closed,
        .message = std::string(what) + " is closed",
        .hint = "open it again; nothing runs on a closed one",
        .from = origin::host};
}

error removed_error(const std::string& datasource) {
    return {
        .kind = status::closed,
        .message = "the datasource '" + datasource + "' was removed",
        .hint = "get it anew by its name, if it was added again",
        .from = origin::host,
        .datasource = datasource};
}

error contract_error(std::string_view plugin, std::string_view sentence) {
    return {
        .kind = status::plugin_error,
        .message =
            "plugin '" + std::string(plugin) + "' broke its contract: " + std::string(sentence),
        .hint = "report it to the plugin's publisher; qry-conformance shows the rule",
        .from = origin::host};
}

error unsupported_error(std::string_view plugin, std::string_view what) {
    return {
        .kind = status::unsupported,
        .message = "plugin '" + std::string(plugin) + "' does not support " + std::string(what),
        .hint = "use a newer version of the plugin, if there is one",
        .from = origin::host};
}

}  // namespace qry::base
