#include "profile.hpp"

#include <fstream>
#include <utility>

#include <nlohmann/json.hpp>

namespace qry::conformance {
namespace {

using nlohmann::json;

std::map<std::string, std::string> texts(const json& from) {
    std::map<std::string, std::string> out;
    for (const auto& [name, value] : from.items()) {
        // Numbers and booleans as they are written: a plugin is given texts anyhow.
        out[name] = value.is_string() ? value.get<std::string>() : value.dump();
    }
    return out;
}

std::optional<std::string> value_of(const json& from) {
    const auto found = from.find("value");
    if (found == from.end() || found->is_null()) return std::nullopt;
    return found->is_string() ? found->get<std::string>() : found->dump();
}

typed_query typed(const json& from) {
    return {from.at("sql"), from.value("arrow", ""), value_of(from)};
}

void override_queries(const json& from, queries& to) {
    if (from.contains("one")) to.one = typed(from["one"]);
    to.slow = from.value("slow", to.slow);
    to.many = from.value("many", to.many);
    to.error = from.value("error", to.error);
    to.no_result = from.value("no_result", to.no_result);
    if (from.contains("types")) {
        to.types.clear();
        for (const json& each : from["types"])
            to.types.push_back(typed(each));
    }
    if (from.contains("echo")) {
        to.echo.clear();
        for (const json& each : from["echo"]) {
            to.echo.push_back({each.at("sql"), each.at("type"), value_of(each)});
        }
    }
}

profile profile_from(const json& from, const std::string& dialect) {
    profile out;
    built_in(dialect, out);
    out.where.params = texts(from.value("params", json::object()));
    out.where.secrets = texts(from.value("secrets", json::object()));
    if (from.contains("unreachable")) out.unreachable = texts(from["unreachable"]);
    out.host_parameter = from.value("host_parameter", out.host_parameter);
    out.port_parameter = from.value("port_parameter", out.port_parameter);
    if (from.contains("queries")) override_queries(from["queries"], out.sql);
    return out;
}

error wrong(std::string message) {
    return {
        .kind = status::invalid_parameter,
        .message = std::move(message),
        .hint = "sdk/conformance/README.md describes the file",
        .from = origin::host};
}

}  // namespace

result<profile> read_profile(const std::string& file, const std::string& dialect) {
    if (file.empty()) return profile_from(json::object(), dialect);
    std::ifstream in(file);
    if (!in) return wrong("cannot open the parameter file '" + file + "'");
    try {
        return profile_from(json::parse(in), dialect);
    } catch (const json::exception& e) {
        // Only where it went wrong: the text of a parse error may quote a secret.
        return wrong(
            "the parameter file '" + file + "' is not as expected (JSON error " +
            std::to_string(e.id) + ")"
        );
    }
}

}  // namespace qry::conformance
