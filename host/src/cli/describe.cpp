#include "cli/describe.hpp"

#include <algorithm>
#include <ctime>

#include <nlohmann/json.hpp>

namespace qry::cli {

namespace {

using json = nlohmann::ordered_json;
using moment = std::optional<std::chrono::system_clock::time_point>;

double to_seconds(duration value) {
    return std::chrono::duration<double>(value).count();
}

double since(std::chrono::system_clock::time_point then) {
    const auto age = std::chrono::system_clock::now() - then;
    return std::max(0.0, std::chrono::duration<double>(age).count());
}

json to_json(const moment& when) {
    return when ? json(utc_text(*when)) : json(nullptr);
}

const char* schema_word(const datasource_info& info) {
    if (!info.schema_taken_at) return "none";
    return info.schema_stale ? "stale" : "fresh";
}

}  // namespace

std::string utc_text(std::chrono::system_clock::time_point when) {
    const std::time_t time = std::chrono::system_clock::to_time_t(when);
    std::tm parts{};
    gmtime_r(&time, &parts);
    char text[32];
    std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts);
    return text;
}

const char* state_name(connection_state state) noexcept {
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

std::string schema_state(const datasource_info& info) {
    std::string out = schema_word(info);
    if (info.schema_taken_at) out += " " + short_age(since(*info.schema_taken_at));
    return out;
}

std::string checked(const datasource_info& info) {
    return info.checked_at ? short_age(since(*info.checked_at)) + " ago" : "never";
}

std::string seconds(duration value) {
    std::string text = std::to_string(to_seconds(value));
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) text.pop_back();
    return text + " s";
}

std::string describe_step(const test_step_report& step, const colours& hues) {
    std::string out(step.ok ? hues.green : hues.red);
    pad(out, step.ok ? "ok" : "failed", 6, align::left);
    out += hues.reset;
    out += "  ";
    pad(out, printable(step.name), 12, align::left);
    out += "  ";
    pad(out, short_time(to_seconds(step.elapsed)), 8, align::right);
    if (!step.detail.empty()) out += "  " + printable(step.detail);
    out += '\n';
    if (!step.ok && !step.hint.empty()) out += "        try: " + printable(step.hint) + "\n";
    return out;
}

json to_json(const datasource_info& info) {
    return {
        {"name", info.name},
        {"driver", info.driver},
        {"params", info.params},
        {"secrets", info.secrets},
        {"timeout", info.timeout ? json(to_seconds(*info.timeout)) : json(nullptr)},
        {"pool_min_size", info.pool_min_size},
        {"pool_max_size", info.pool_max_size},
        {"isolation", info.isolation},
        {"version", info.version},
        {"state", state_name(info.state)},
        {"state_message", info.state_message},
        {"checked_at", to_json(info.checked_at)},
        {"schema", schema_word(info)},
        {"schema_taken_at", to_json(info.schema_taken_at)},
    };
}

json to_json(const test_report& report) {
    json steps = json::array();
    for (const auto& s : report.steps) {
        steps.push_back(
            {{"name", s.name},
             {"ok", s.ok},
             {"seconds", to_seconds(s.elapsed)},
             {"detail", s.detail},
             {"hint", s.hint}}
        );
    }
    return {
        {"ok", report.ok}, {"server_version", report.server_version}, {"steps", std::move(steps)}};
}

}  // namespace qry::cli
