#include "datasource_codec.hpp"

#include <nlohmann/json.hpp>

namespace qry::store {

namespace {

using nlohmann::json;

// A SQLite column holds whatever a damaged or tampered file says, whatever type was declared.
std::optional<std::int64_t> integer(const row& columns, std::size_t i) {
    const auto* v = std::get_if<std::int64_t>(&columns.at(i));
    return v == nullptr ? std::nullopt : std::optional(*v);
}
std::string text(const row& columns, std::size_t i) {
    const auto* v = std::get_if<std::string>(&columns.at(i));
    return v == nullptr ? std::string() : *v;
}

std::optional<std::map<std::string, std::string>> read_params(const std::string& stored) {
    const json parsed = json::parse(stored, nullptr, false);
    if (!parsed.is_object()) return std::nullopt;
    std::map<std::string, std::string> params;
    for (const auto& [key, v] : parsed.items()) {
        if (!v.is_string()) return std::nullopt;
        params[key] = v.get<std::string>();
    }
    return params;
}

connection_state read_state(std::string_view name) {
    if (name == "connected") return connection_state::connected;
    if (name == "failed") return connection_state::failed;
    return connection_state::unknown;
}

}  // namespace

datasource_row read_datasource(const row& columns) {
    datasource_row out;
    out.id = text(columns, 0);
    out.name = text(columns, 1);
    out.driver = text(columns, 2);
    if (auto params = read_params(text(columns, 3))) {
        out.params = std::move(*params);
    } else {
        out.damage = "its stored parameters are not readable";
    }
    if (const auto timeout = integer(columns, 4)) out.timeout = std::chrono::nanoseconds(*timeout);
    out.pool_min_size = static_cast<int>(integer(columns, 5).value_or(1));
    out.pool_max_size = static_cast<int>(integer(columns, 6).value_or(10));
    out.isolation = text(columns, 7);
    out.version = integer(columns, 8).value_or(0);
    out.state = read_state(text(columns, 9));
    out.state_message = text(columns, 10);
    if (const auto at = integer(columns, 11)) out.checked_at = from_micros(*at);
    out.created_at = from_micros(integer(columns, 12).value_or(0));
    out.updated_at = from_micros(integer(columns, 13).value_or(0));
    const bool complete = !out.id.empty() && !out.name.empty() && !out.driver.empty() &&
                          integer(columns, 8).has_value();
    if (!complete) out.damage = "its stored row is not readable";
    return out;
}

std::string params_json(const std::map<std::string, std::string>& params) {
    return json(params).dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string describe(const datasource_row& what, const std::vector<std::string>& changed_secrets) {
    json out = {
        {"name", what.name},
        {"driver", what.driver},
        {"params", what.params},
        {"timeout_ns", what.timeout ? json(what.timeout->count()) : json(nullptr)},
        {"pool_min_size", what.pool_min_size},
        {"pool_max_size", what.pool_max_size},
        {"isolation", what.isolation},
        {"version", what.version},
        {"secrets", what.secret_names}};
    if (!changed_secrets.empty()) out["secrets_changed"] = changed_secrets;
    return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

value optional_nanoseconds(const std::optional<std::chrono::nanoseconds>& v) {
    if (!v) return std::monostate{};
    return std::int64_t{v->count()};
}

std::int64_t micros(time_point at) noexcept {
    return std::chrono::floor<std::chrono::microseconds>(at.time_since_epoch()).count();
}

time_point from_micros(std::int64_t at) noexcept {
    return time_point(std::chrono::microseconds(at));
}

std::string_view state_name(connection_state state) noexcept {
    switch (state) {
        case connection_state::unknown:
            return "unknown";
        case connection_state::connected:
            return "connected";
        case connection_state::failed:
            return "failed";
    }
    return "unknown";
}

std::int64_t integer_at(const row& columns, std::size_t i) {
    return integer(columns, i).value_or(0);
}
std::string text_at(const row& columns, std::size_t i) {
    return text(columns, i);
}

}  // namespace qry::store
