#include "wire/message.hpp"

#include <chrono>
#include <type_traits>
#include <utility>

namespace qry::wire {

namespace {

// Each message is described once, by each() below, and walked over by one of these two.
struct put {
    writer& to;
    void operator()(const char*, bool v) const { to.u8(v ? 1 : 0); }
    void operator()(const char*, std::uint32_t v) const { to.u32(v); }
    void operator()(const char*, std::int32_t v) const { to.i32(v); }
    void operator()(const char*, std::uint64_t v) const { to.u64(v); }
    void operator()(const char*, std::int64_t v) const { to.i64(v); }
    void operator()(const char*, std::chrono::nanoseconds v) const { to.i64(v.count()); }
    void operator()(const char*, const std::string& v) const { to.text(v); }
    void operator()(const char*, const std::vector<std::byte>& v) const { to.bytes(v); }
    void operator()(const char*, const std::map<std::string, std::string>& v) const { to.texts(v); }
    void operator()(const char*, const std::map<std::string, secret>& v) const {
        to.u32(static_cast<std::uint32_t>(v.size()));
        for (const auto& [name, value] : v) {
            to.text(name);
            to.text(value.reveal());
        }
    }
    void operator()(const char*, status v) const { to.i32(static_cast<std::int32_t>(v)); }
    void operator()(const char*, origin v) const { to.i32(static_cast<std::int32_t>(v)); }
};

std::string_view as_text(std::span<const std::byte> bytes) noexcept {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

struct get {
    reader& from;
    void operator()(const char* field, bool& v) const { v = from.at(field).flag(); }
    void operator()(const char* field, std::uint32_t& v) const { v = from.at(field).u32(); }
    void operator()(const char* field, std::int32_t& v) const { v = from.at(field).i32(); }
    void operator()(const char* field, std::uint64_t& v) const { v = from.at(field).u64(); }
    void operator()(const char* field, std::int64_t& v) const { v = from.at(field).i64(); }
    void operator()(const char* field, std::chrono::nanoseconds& v) const {
        v = std::chrono::nanoseconds(from.at(field).i64());
    }
    void operator()(const char* field, std::string& v) const { v = from.at(field).text(); }
    void operator()(const char* field, std::vector<std::byte>& v) const {
        const auto found = from.at(field).bytes();
        v.assign(found.begin(), found.end());
    }
    void operator()(const char* field, std::map<std::string, std::string>& v) const {
        v = from.at(field).texts();
    }
    void operator()(const char* field, std::map<std::string, secret>& v) const {
        from.at(field);
        for (std::uint32_t left = from.count(8); left != 0; --left) {
            std::string name = from.text();
            const auto value = from.bytes();
            // "": an empty span may point nowhere, and a secret is copied with memcpy.
            const std::string_view text = value.empty() ? "" : as_text(value);
            if (!v.emplace(std::move(name), secret(text)).second) {
                return from.fail(std::string(field) + " has a name twice");
            }
        }
    }
    void operator()(const char* field, status& v) const {
        v = in_range(field, status::connection_failed, status::forked_process);
    }
    void operator()(const char* field, origin& v) const {
        v = in_range(field, origin::unset, origin::server);
    }

private:
    template <class Enum>
    Enum in_range(const char* field, Enum first, Enum last) const {
        const std::int32_t found = from.at(field).i32();
        if (found >= static_cast<std::int32_t>(first) && found <= static_cast<std::int32_t>(last)) {
            return static_cast<Enum>(found);
        }
        from.fail(std::string(field) + " is " + std::to_string(found) + ", which is not known");
        return first;
    }
};

// M: the message, const when it is encoded.
template <class M, class T>
concept one = std::is_same_v<std::remove_const_t<M>, T>;

void each(auto io, one<hello> auto& m) {
    io("version", m.version);
    io("plugin_folder", m.plugin_folder);
    io("plugin_name", m.plugin_name);
    io("arena_bytes", m.arena_bytes);
    io("log_threshold", m.log_threshold);
}
void each(auto io, one<ready> auto& m) {
    io("version", m.version);
    io("plugin_version", m.plugin_version);
    io("blocking", m.blocking);
}
void each(auto io, one<connect> auto& m) {
    io("test", m.test);
    io("remaining_ns", m.remaining_ns);
    io("query_id", m.query_id);
    io("params", m.params);
    io("secrets", m.secrets);
}
void each(auto io, one<execute> auto& m) {
    io("remaining_ns", m.remaining_ns);
    io("credit", m.credit);
    io("query_id", m.query_id);
    io("sql", m.sql);
    io("options", m.options);
    io("args_schema", m.args_schema);
    io("args", m.args);
    io("elapsed_ns", m.elapsed_ns);
}
void each(auto io, one<introspect> auto& m) {
    io("remaining_ns", m.remaining_ns);
    io("credit", m.credit);
    io("query_id", m.query_id);
    io("part", m.part);
    io("first", m.first);
    io("last", m.last);
    io("elapsed_ns", m.elapsed_ns);
}
void each(auto io, one<credit> auto& m) {
    io("batches", m.batches);
}
void each(auto io, one<timed> auto& m) {
    io("remaining_ns", m.remaining_ns);
}
void each(auto io, one<give_back> auto& m) {
    io("batch", m.batch);
}
void each(auto io, one<head> auto& m) {
    io("rows_affected", m.rows_affected);
    io("schema", m.schema);
    io("digest", m.digest);
}
void each(auto io, one<ended> auto& m) {
    io("rows_affected", m.rows_affected);
    io("reset_done", m.reset_done);
}
void each(auto io, one<segment> auto& m) {
    io("number", m.number);
    io("bytes", m.bytes);
}
void each(auto io, one<log_line> auto& m) {
    io("level", m.level);
    io("source", m.source);
    io("text", m.text);
}
void each(auto io, one<info> auto& m) {
    io("key", m.key);
    io("value", m.value);
}
void each(auto io, one<ping> auto& m) {
    io("cookie", m.cookie);
}
void each(auto io, one<test_step_report> auto& m) {
    io("name", m.name);
    io("ok", m.ok);
    io("elapsed", m.elapsed);
    io("detail", m.detail);
    io("hint", m.hint);
}
void each(auto io, one<query_notice> auto& m) {
    io("severity", m.severity);
    io("sqlstate", m.sqlstate);
    io("message", m.message);
}
void each(auto io, one<time_limit> auto& m) {
    io("limit", m.limit);
    io("limit source", m.source);
    io("elapsed", m.elapsed);
}
void each(auto io, one<error> auto& m) {
    io("kind", m.kind);
    io("message", m.message);
    io("hint", m.hint);
    io("origin", m.from);
    io("detail", m.detail);
    io("sqlstate", m.sqlstate);
    io("vendor_code", m.vendor_code);
    io("parameter", m.parameter);
    io("position", m.position);
    io("retryable", m.retryable);
    io("datasource", m.datasource);
    bool limited = m.limit.has_value();
    io("has_limit", limited);
    if (!limited) return;
    if constexpr (!std::is_const_v<std::remove_reference_t<decltype(m)>>) m.limit.emplace();
    each(io, *m.limit);
}
void each(auto io, one<failed> auto& m) {
    each(io, m.why);
}

// For the errors.
template <class T>
constexpr const char* name_of = nullptr;
template <>
constexpr const char* name_of<hello> = "hello";
template <>
constexpr const char* name_of<ready> = "ready";
template <>
constexpr const char* name_of<connect> = "connect";
template <>
constexpr const char* name_of<execute> = "execute";
template <>
constexpr const char* name_of<introspect> = "introspect";
template <>
constexpr const char* name_of<credit> = "credit";
template <>
constexpr const char* name_of<timed> = "reset or close";
template <>
constexpr const char* name_of<give_back> = "give_back";
template <>
constexpr const char* name_of<head> = "head";
template <>
constexpr const char* name_of<ended> = "ended";
template <>
constexpr const char* name_of<failed> = "failed";
template <>
constexpr const char* name_of<segment> = "segment";
template <>
constexpr const char* name_of<log_line> = "log_line";
template <>
constexpr const char* name_of<info> = "info";
template <>
constexpr const char* name_of<ping> = "ping or pong";
template <>
constexpr const char* name_of<test_step_report> = "step";
template <>
constexpr const char* name_of<query_notice> = "notice";

// What a map of names and values takes.
template <class Map, class Size>
std::size_t size_of(const Map& values, Size size) {
    std::size_t sum = 4;
    for (const auto& [name, value] : values)
        sum += 8 + name.size() + size(value);
    return sum;
}

}  // namespace

void encode(writer& to, const hello& m) {
    each(put{to}, m);
}
void encode(writer& to, const ready& m) {
    each(put{to}, m);
}
void encode(writer& to, const connect& m) {
    const auto length = [](const auto& text) { return text.size(); };
    const std::size_t fixed = 1 + 8 + 4;
    to.reserve(fixed + m.query_id.size() + size_of(m.params, length) + size_of(m.secrets, length));
    each(put{to}, m);
}
void encode(writer& to, const execute& m) {
    each(put{to}, m);
}
void encode(writer& to, const introspect& m) {
    each(put{to}, m);
}
void encode(writer& to, const credit& m) {
    each(put{to}, m);
}
void encode(writer& to, const timed& m) {
    each(put{to}, m);
}
void encode(writer& to, const give_back& m) {
    each(put{to}, m);
}
void encode(writer& to, const head& m) {
    each(put{to}, m);
}
void encode(writer& to, const ended& m) {
    each(put{to}, m);
}
void encode(writer& to, const failed& m) {
    each(put{to}, m);
}
void encode(writer& to, const segment& m) {
    each(put{to}, m);
}
void encode(writer& to, const log_line& m) {
    each(put{to}, m);
}
void encode(writer& to, const info& m) {
    each(put{to}, m);
}
void encode(writer& to, const ping& m) {
    each(put{to}, m);
}
void encode(writer& to, const test_step_report& m) {
    each(put{to}, m);
}
void encode(writer& to, const query_notice& m) {
    each(put{to}, m);
}

template <class T>
result<T> decode(std::span<const std::byte> payload) {
    reader from(payload);
    T m;
    each(get{from}, m);
    if (auto why = from.failed()) {
        return error{
            .kind = status::plugin_error,
            .message = std::string("frame ") + name_of<T> + ": " + *why,
            .hint = "host and worker must come from one build",
            .from = origin::host};
    }
    return m;
}

template result<hello> decode<hello>(std::span<const std::byte>);
template result<ready> decode<ready>(std::span<const std::byte>);
template result<connect> decode<connect>(std::span<const std::byte>);
template result<execute> decode<execute>(std::span<const std::byte>);
template result<introspect> decode<introspect>(std::span<const std::byte>);
template result<credit> decode<credit>(std::span<const std::byte>);
template result<timed> decode<timed>(std::span<const std::byte>);
template result<give_back> decode<give_back>(std::span<const std::byte>);
template result<head> decode<head>(std::span<const std::byte>);
template result<ended> decode<ended>(std::span<const std::byte>);
template result<failed> decode<failed>(std::span<const std::byte>);
template result<segment> decode<segment>(std::span<const std::byte>);
template result<log_line> decode<log_line>(std::span<const std::byte>);
template result<info> decode<info>(std::span<const std::byte>);
template result<ping> decode<ping>(std::span<const std::byte>);
template result<test_step_report> decode<test_step_report>(std::span<const std::byte>);
template result<query_notice> decode<query_notice>(std::span<const std::byte>);

}  // namespace qry::wire
