#include "report.hpp"

#include <algorithm>
#include <cstdio>

#include <nlohmann/json.hpp>

namespace qry::conformance {
namespace {

std::string quoted(const std::string& word) {
    const auto harmless = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("_-./+=:,@").find(c) != std::string_view::npos;
    };
    if (!word.empty() && std::all_of(word.begin(), word.end(), harmless)) return word;
    std::string out = "'";
    for (const char c : word)
        out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return out + "'";
}

// A labelled text below a test's line, its own line breaks indented.
std::string detail(const char* label, const std::string& text) {
    if (text.empty()) return {};
    std::string out = "           ";
    out += label;
    out.append(8 - std::char_traits<char>::length(label), ' ');
    for (const char c : text)
        out += c == '\n' ? std::string("\n                   ") : std::string(1, c);
    return out + "\n";
}

std::string seconds(double value) {
    char text[32];
    std::snprintf(text, sizeof(text), "%.2f s", value);
    return text;
}

int count(const std::vector<test_report>& all, ending e) {
    return static_cast<int>(std::count_if(all.begin(), all.end(), [e](const test_report& r) {
        return r.outcome.end == e;
    }));
}

}  // namespace

std::string repeat_command(const run_facts& run, const test_report& report) {
    std::string out = "qry-conformance " + quoted(run.plugin);
    if (!run.params_file.empty()) out += " --params " + quoted(run.params_file);
    return out + " --only " + report.test->id;
}

std::string as_text(const run_facts& run, const test_report& report) {
    const verdict& v = report.outcome;
    const std::string end = name_of(v.end);
    std::string out = end + std::string(11 - end.size(), ' ') + report.test->id + "  (" +
                      seconds(report.seconds) + ")\n";
    for (const std::string& warning : v.warnings)
        out += detail("warning", warning);
    if (v.end == ending::skipped) return out + detail("why", v.got);
    if (!is_bad(v.end)) return out;
    out += detail("rule", report.test->rule);
    out += detail("sent", v.sent);
    out += detail("got", v.got);
    out += detail("cause", v.cause);
    out += detail("output", report.output);
    out += detail("repeat", repeat_command(run, report));
    return out;
}

std::string summary(const std::vector<test_report>& all) {
    std::string out;
    for (const ending e :
         {ending::passed, ending::failed, ending::crashed, ending::hung, ending::skipped}) {
        const int n = count(all, e);
        if (n == 0) continue;
        out += (out.empty() ? "" : ", ") + std::to_string(n) + " " + name_of(e);
    }
    const auto warnings = std::count_if(all.begin(), all.end(), [](const test_report& r) {
        return !r.outcome.warnings.empty();
    });
    if (warnings != 0) out += ", " + std::to_string(warnings) + " with a warning";
    return out.empty() ? "no tests" : out;
}

std::string as_json(const run_facts& run, const std::vector<test_report>& all) {
    using nlohmann::json;
    json tests = json::array();
    for (const test_report& r : all) {
        tests.push_back({
            {"id", r.test->id},
            {"rule", r.test->rule},
            {"result", name_of(r.outcome.end)},
            {"sent", r.outcome.sent},
            {"got", r.outcome.got},
            {"cause", r.outcome.cause},
            {"warnings", r.outcome.warnings},
            {"output", r.output},
            {"seconds", r.seconds},
            {"repeat", repeat_command(run, r)},
        });
    }
    const json document = {
        {"plugin", run.plugin},
        {"conforms", !any_bad(all)},
        {"passed", count(all, ending::passed)},
        {"failed", count(all, ending::failed)},
        {"crashed", count(all, ending::crashed)},
        {"hung", count(all, ending::hung)},
        {"skipped", count(all, ending::skipped)},
        {"tests", std::move(tests)}};
    return document.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

bool any_bad(const std::vector<test_report>& all) {
    return std::any_of(all.begin(), all.end(), [](const test_report& r) {
        return is_bad(r.outcome.end);
    });
}

}  // namespace qry::conformance
