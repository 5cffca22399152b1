// What the structures of the façade and of the registry consist of, for codec.hpp.
//
// Put where arguments find them: each() is looked up in the namespace of io, which is this one. A
// field that is missing here does not travel; a test counts them.
#pragma once

#include <type_traits>

#include <qry/host.hpp>
#include <qry/registry/catalog.hpp>

#include "daemon/codec.hpp"

namespace qry::daemon {

template <>
struct enum_range<status> {
    static constexpr status first = status::connection_failed;
    static constexpr status last = status::forked_process;
};
template <>
struct enum_range<origin> {
    static constexpr origin first = origin::unset;
    static constexpr origin last = origin::server;
};
template <>
struct enum_range<connection_state> {
    static constexpr connection_state first = connection_state::unknown;
    static constexpr connection_state last = connection_state::failed;
};
template <>
struct enum_range<rotate_mode> {
    static constexpr rotate_mode first = rotate_mode::check_only;
    static constexpr rotate_mode last = rotate_mode::reseal;
};
template <>
struct enum_range<schema_change::object> {
    static constexpr schema_change::object first = schema_change::object::table;
    static constexpr schema_change::object last = schema_change::object::column;
};
template <>
struct enum_range<registry::parameter_type> {
    static constexpr registry::parameter_type first = registry::parameter_type::string;
    static constexpr registry::parameter_type last = registry::parameter_type::duration;
};

// M: the structure, const when it is encoded.
template <class M, class T>
concept one = std::is_same_v<std::remove_const_t<M>, T>;

void each(const auto& io, one<time_limit> auto& m) {
    io("limit", m.limit);
    io("source", m.source);
    io("elapsed", m.elapsed);
}
void each(const auto& io, one<error> auto& m) {
    io("kind", m.kind);
    io("message", m.message);
    io("hint", m.hint);
    io("from", m.from);
    io("detail", m.detail);
    io("sqlstate", m.sqlstate);
    io("vendor_code", m.vendor_code);
    io("parameter", m.parameter);
    io("position", m.position);
    io("retryable", m.retryable);
    io("datasource", m.datasource);
    io("limit", m.limit);
}
void each(const auto& io, one<datasource_spec> auto& m) {
    io("name", m.name);
    io("driver", m.driver);
    io("params", m.params);
    io("secrets", m.secrets);
    io("timeout", m.timeout);
    io("pool_min_size", m.pool_min_size);
    io("pool_max_size", m.pool_max_size);
    io("isolation", m.isolation);
    io("checked_at", m.checked_at);
}
void each(const auto& io, one<datasource_change> auto& m) {
    io("new_name", m.new_name);
    io("params", m.params);
    io("secrets", m.secrets);
    io("timeout", m.timeout);
    io("pool_min_size", m.pool_min_size);
    io("pool_max_size", m.pool_max_size);
    io("isolation", m.isolation);
    io("version", m.version);
}
void each(const auto& io, one<datasource_info> auto& m) {
    io("id", m.id);
    io("name", m.name);
    io("driver", m.driver);
    io("params", m.params);
    io("secrets", m.secrets);
    io("timeout", m.timeout);
    io("pool_min_size", m.pool_min_size);
    io("pool_max_size", m.pool_max_size);
    io("isolation", m.isolation);
    io("version", m.version);
    io("state", m.state);
    io("state_message", m.state_message);
    io("checked_at", m.checked_at);
    io("schema_taken_at", m.schema_taken_at);
    io("schema_stale", m.schema_stale);
}
void each(const auto& io, one<test_step_report> auto& m) {
    io("name", m.name);
    io("ok", m.ok);
    io("elapsed", m.elapsed);
    io("detail", m.detail);
    io("hint", m.hint);
}
void each(const auto& io, one<test_report> auto& m) {
    io("ok", m.ok);
    io("steps", m.steps);
    io("server_version", m.server_version);
    io("failure", m.failure);
}
void each(const auto& io, one<query_notice> auto& m) {
    io("severity", m.severity);
    io("sqlstate", m.sqlstate);
    io("message", m.message);
}
void each(const auto& io, one<refresh_progress> auto& m) {
    io("stage", m.stage);
    io("done", m.done);
}
void each(const auto& io, one<schema_change> auto& m) {
    io("what", m.what);
    io("name", m.name);
    io("before", m.before);
    io("now", m.now);
}
void each(const auto& io, one<schema_diff> auto& m) {
    io("added", m.added);
    io("removed", m.removed);
    io("changed", m.changed);
    io("renamed", m.renamed);
}
void each(const auto& io, one<secrets_report::row> auto& m) {
    io("datasource", m.datasource);
    io("secret", m.secret);
    io("key", m.key);
}
void each(const auto& io, one<secrets_report> auto& m) {
    io("rows", m.rows);
    io("resealed", m.resealed);
}
void each(const auto& io, one<doctor_finding> auto& m) {
    io("severity", m.severity);
    io("subject", m.subject);
    io("message", m.message);
    io("hint", m.hint);
}
void each(const auto& io, one<pool_stats> auto& m) {
    io("size", m.size);
    io("idle", m.idle);
    io("in_use", m.in_use);
    io("waiting", m.waiting);
    io("created", m.created);
    io("destroyed", m.destroyed);
    io("acquired", m.acquired);
    io("timeouts", m.timeouts);
    io("cancelled", m.cancelled);
}
void each(const auto& io, one<latency_histogram> auto& m) {
    io("counts", m.counts);
    io("total", m.total);
    io("sum", m.sum);
}
void each(const auto& io, one<datasource_stats> auto& m) {
    io("name", m.name);
    io("driver", m.driver);
    io("isolation", m.isolation);
    io("pool", m.pool);
    io("queries", m.queries);
    io("succeeded", m.succeeded);
    io("errors", m.errors);
    io("in_flight", m.in_flight);
    io("rows", m.rows);
    io("batches", m.batches);
    io("bytes", m.bytes);
    io("cancels_sent", m.cancels_sent);
    io("cancels_confirmed", m.cancels_confirmed);
    io("cancels_escalated", m.cancels_escalated);
    io("latency", m.latency);
}
void each(const auto& io, one<worker_stats> auto& m) {
    io("driver", m.driver);
    io("version", m.version);
    io("datasource", m.datasource);
    io("state", m.state);
    io("pid", m.pid);
    io("starts", m.starts);
    io("deaths", m.deaths);
    io("sessions", m.sessions);
    io("in_flight", m.in_flight);
    io("batches", m.batches);
    io("bytes", m.bytes);
    io("memory_bytes", m.memory_bytes);
    io("threads", m.threads);
    io("descriptors", m.descriptors);
}
void each(const auto& io, one<host_stats> auto& m) {
    io("version", m.version);
    io("opened_at", m.opened_at);
    io("pid", m.pid);
    io("clients", m.clients);
    io("datasources", m.datasources);
    io("workers", m.workers);
}
void each(const auto& io, one<registry::search_folder> auto& m) {
    io("path", m.path);
    io("origin", m.origin);
    io("outcome", m.outcome);
}
void each(const auto& io, one<registry::library_entry> auto& m) {
    io("file", m.file);
    io("sha256", m.sha256);
}
void each(const auto& io, one<registry::parameter> auto& m) {
    io("name", m.name);
    io("title", m.title);
    io("description", m.description);
    io("type", m.type);
    io("default_value", m.default_value);
    io("required", m.required);
    io("secret", m.secret);
    io("multiline", m.multiline);
    io("file", m.file);
    io("enumeration", m.enumeration);
    io("pattern", m.pattern);
    io("pattern_error", m.pattern_error);
    io("minimum", m.minimum);
    io("maximum", m.maximum);
    io("group", m.group);
    io("order", m.order);
}
void each(const auto& io, one<registry::parameter_variant> auto& m) {
    io("value", m.value);
    io("title", m.title);
    io("parameters", m.parameters);
}
void each(const auto& io, one<registry::parameter_schema> auto& m) {
    io("parameters", m.parameters);
    io("discriminator", m.discriminator);
    io("variants", m.variants);
}
void each(const auto& io, one<registry::manifest> auto& m) {
    io("name", m.name);
    io("aliases", m.aliases);
    io("title", m.title);
    io("description", m.description);
    io("version", m.version);
    io("publisher", m.publisher);
    io("license", m.license);
    io("abi_major", m.abi_major);
    io("abi_minor", m.abi_minor);
    io("libraries", m.libraries);
    io("model", m.model);
    io("dialect", m.dialect);
    io("capabilities", m.capabilities);
    io("hosts", m.hosts);
    io("parameters", m.parameters);
}
void each(const auto& io, one<registry::plugin> auto& m) {
    io("about", m.about);
    io("folder", m.folder);
    io("library", m.library);
    io("origin", m.origin);
    io("trust", m.trust);
    io("reason", m.reason);
}

}  // namespace qry::daemon
