#include "daemon/message.hpp"

#include <utility>

#include "daemon/fields.hpp"

namespace qry::daemon {

// Not in an unnamed namespace, where codec.hpp would not find them.
void each(const auto&, one<nothing> auto&) {}
void each(const auto& io, one<greet> auto& m) {
    io("protocol", m.protocol);
    io("version", m.version);
}
void each(const auto& io, one<welcome> auto& m) {
    io("protocol", m.protocol);
    io("version", m.version);
    io("registry", m.registry);
    io("folders", m.folders);
    io("plugins", m.plugins);
}
void each(const auto& io, one<by_name> auto& m) {
    io("name", m.name);
}
void each(const auto& io, one<by_id> auto& m) {
    io("id", m.id);
}
void each(const auto& io, one<update> auto& m) {
    io("name", m.name);
    io("change", m.change);
}
void each(const auto& io, one<check_secrets> auto& m) {
    io("mode", m.mode);
}
void each(const auto& io, one<execute> auto& m) {
    io("id", m.id);
    io("credit", m.credit);
    io("sql", m.sql);
    io("timeout", m.timeout);
    io("spent", m.spent);
    io("limit", m.limit);
    io("options", m.options);
    io("args_schema", m.args_schema);
    io("args", m.args);
}
void each(const auto& io, one<schema_call> auto& m) {
    io("id", m.id);
    io("max_age", m.max_age);
    io("known", m.known);
}
void each(const auto& io, one<credit> auto& m) {
    io("batches", m.batches);
}
void each(const auto& io, one<give_back> auto& m) {
    io("batch", m.batch);
}
void each(const auto& io, one<ping> auto& m) {
    io("cookie", m.cookie);
}
void each(const auto& io, one<named> auto& m) {
    io("info", m.info);
}
void each(const auto& io, one<listed> auto& m) {
    io("all", m.all);
}
void each(const auto& io, one<report> auto& m) {
    io("outcome", m.outcome);
    io("info", m.info);
}
void each(const auto& io, one<opened> auto& m) {
    io("rows_affected", m.rows_affected);
    io("query_id", m.query_id);
    io("schema", m.schema);
    io("notices", m.notices);
}
void each(const auto& io, one<ended> auto& m) {
    io("rows_affected", m.rows_affected);
    io("notices", m.notices);
}
void each(const auto& io, one<image> auto& m) {
    io("number", m.number);
    io("bytes", m.bytes);
    io("info", m.info);
}
void each(const auto& io, one<changes> auto& m) {
    io("diff", m.diff);
    io("now", m.now);
}
void each(const auto& io, one<findings> auto& m) {
    io("all", m.all);
}
void each(const auto& io, one<failed> auto& m) {
    io("why", m.why);
}
void each(const auto& io, one<segment> auto& m) {
    io("number", m.number);
    io("bytes", m.bytes);
}

namespace {

// For the errors.
template <class T>
constexpr const char* name_of = nullptr;
template <>
constexpr const char* name_of<nothing> = "an empty frame";
template <>
constexpr const char* name_of<greet> = "greet";
template <>
constexpr const char* name_of<welcome> = "welcome";
template <>
constexpr const char* name_of<by_name> = "get or remove";
template <>
constexpr const char* name_of<by_id> = "test or pool";
template <>
constexpr const char* name_of<update> = "update";
template <>
constexpr const char* name_of<check_secrets> = "check_secrets";
template <>
constexpr const char* name_of<execute> = "execute";
template <>
constexpr const char* name_of<schema_call> = "schema or refresh";
template <>
constexpr const char* name_of<credit> = "credit";
template <>
constexpr const char* name_of<give_back> = "give_back";
template <>
constexpr const char* name_of<ping> = "ping or pong";
template <>
constexpr const char* name_of<named> = "named";
template <>
constexpr const char* name_of<listed> = "listed";
template <>
constexpr const char* name_of<report> = "report";
template <>
constexpr const char* name_of<opened> = "opened";
template <>
constexpr const char* name_of<ended> = "ended";
template <>
constexpr const char* name_of<image> = "snapshot";
template <>
constexpr const char* name_of<changes> = "changes";
template <>
constexpr const char* name_of<findings> = "findings";
template <>
constexpr const char* name_of<failed> = "failed";
template <>
constexpr const char* name_of<segment> = "segment";
template <>
constexpr const char* name_of<datasource_spec> = "create or check";
template <>
constexpr const char* name_of<test_step_report> = "step";
template <>
constexpr const char* name_of<refresh_progress> = "progress";
template <>
constexpr const char* name_of<pool_stats> = "sessions";
template <>
constexpr const char* name_of<secrets_report> = "secrets";
template <>
constexpr const char* name_of<host_stats> = "figures";

// What a message with secrets takes, or more: its buffer must not move while it is written, which
// would leave a copy behind.
template <class Map>
std::size_t room(const Map& values) {
    std::size_t sum = 0;
    for (const auto& [name, value] : values)
        sum += 8 + name.size() + value.size();
    return sum;
}
constexpr std::size_t other_fields = 512;

template <class T>
std::size_t room_for(const T&) {
    return 0;
}
template <>
std::size_t room_for(const datasource_spec& m) {
    return other_fields + m.name.size() + m.driver.size() + 2 * room(m.params) + room(m.secrets);
}
template <>
std::size_t room_for(const update& m) {
    const std::size_t names = m.name.size() + (m.change.new_name ? m.change.new_name->size() : 0);
    return other_fields + names + 2 * room(m.change.params) + room(m.change.secrets);
}

}  // namespace

template <class T>
std::string_view encode(wire::writer& to, const T& m) {
    if (const std::size_t size = room_for(m); size != 0) to.reserve(size);
    std::string_view repaired;
    each(put{to, repaired}, m);
    return repaired;
}

template <class T>
result<T> decode(std::span<const std::byte> payload) {
    wire::reader from(payload);
    T m;
    each(get{from}, m);
    if (auto why = from.failed()) {
        return error{
            .kind = status::plugin_error,
            .message = std::string("frame ") + name_of<T> + ": " + *why,
            .hint = "daemon and client must come from one release",
            .from = origin::host};
    }
    return m;
}

template std::string_view encode<nothing>(wire::writer&, const nothing&);
template result<nothing> decode<nothing>(std::span<const std::byte>);
template std::string_view encode<greet>(wire::writer&, const greet&);
template result<greet> decode<greet>(std::span<const std::byte>);
template std::string_view encode<welcome>(wire::writer&, const welcome&);
template result<welcome> decode<welcome>(std::span<const std::byte>);
template std::string_view encode<by_name>(wire::writer&, const by_name&);
template result<by_name> decode<by_name>(std::span<const std::byte>);
template std::string_view encode<by_id>(wire::writer&, const by_id&);
template result<by_id> decode<by_id>(std::span<const std::byte>);
template std::string_view encode<update>(wire::writer&, const update&);
template result<update> decode<update>(std::span<const std::byte>);
template std::string_view encode<check_secrets>(wire::writer&, const check_secrets&);
template result<check_secrets> decode<check_secrets>(std::span<const std::byte>);
template std::string_view encode<execute>(wire::writer&, const execute&);
template result<execute> decode<execute>(std::span<const std::byte>);
template std::string_view encode<schema_call>(wire::writer&, const schema_call&);
template result<schema_call> decode<schema_call>(std::span<const std::byte>);
template std::string_view encode<credit>(wire::writer&, const credit&);
template result<credit> decode<credit>(std::span<const std::byte>);
template std::string_view encode<give_back>(wire::writer&, const give_back&);
template result<give_back> decode<give_back>(std::span<const std::byte>);
template std::string_view encode<ping>(wire::writer&, const ping&);
template result<ping> decode<ping>(std::span<const std::byte>);
template std::string_view encode<named>(wire::writer&, const named&);
template result<named> decode<named>(std::span<const std::byte>);
template std::string_view encode<listed>(wire::writer&, const listed&);
template result<listed> decode<listed>(std::span<const std::byte>);
template std::string_view encode<report>(wire::writer&, const report&);
template result<report> decode<report>(std::span<const std::byte>);
template std::string_view encode<opened>(wire::writer&, const opened&);
template result<opened> decode<opened>(std::span<const std::byte>);
template std::string_view encode<ended>(wire::writer&, const ended&);
template result<ended> decode<ended>(std::span<const std::byte>);
template std::string_view encode<image>(wire::writer&, const image&);
template result<image> decode<image>(std::span<const std::byte>);
template std::string_view encode<changes>(wire::writer&, const changes&);
template result<changes> decode<changes>(std::span<const std::byte>);
template std::string_view encode<findings>(wire::writer&, const findings&);
template result<findings> decode<findings>(std::span<const std::byte>);
template std::string_view encode<failed>(wire::writer&, const failed&);
template result<failed> decode<failed>(std::span<const std::byte>);
template std::string_view encode<segment>(wire::writer&, const segment&);
template result<segment> decode<segment>(std::span<const std::byte>);
template std::string_view encode<datasource_spec>(wire::writer&, const datasource_spec&);
template result<datasource_spec> decode<datasource_spec>(std::span<const std::byte>);
template std::string_view encode<test_step_report>(wire::writer&, const test_step_report&);
template result<test_step_report> decode<test_step_report>(std::span<const std::byte>);
template std::string_view encode<refresh_progress>(wire::writer&, const refresh_progress&);
template result<refresh_progress> decode<refresh_progress>(std::span<const std::byte>);
template std::string_view encode<pool_stats>(wire::writer&, const pool_stats&);
template result<pool_stats> decode<pool_stats>(std::span<const std::byte>);
template std::string_view encode<secrets_report>(wire::writer&, const secrets_report&);
template result<secrets_report> decode<secrets_report>(std::span<const std::byte>);
template std::string_view encode<host_stats>(wire::writer&, const host_stats&);
template result<host_stats> decode<host_stats>(std::span<const std::byte>);

}  // namespace qry::daemon
