#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cli/columns.hpp"
#include "cli/context.hpp"
#include "cli/exit_status.hpp"
#include "cli/terminal.hpp"

namespace qry::cli {

namespace {

using json = nlohmann::ordered_json;

std::string describe(const doctor_finding& f) {
    const colours hues(stdout);
    const bool bad = f.severity == "error";
    std::string out(bad ? hues.red : f.severity == "ok" ? hues.green : hues.yellow);
    pad(out, printable(f.severity), 7, align::left);
    out += hues.reset;
    out += "  " + printable(f.subject) + ": " + printable(f.message) + "\n";
    if (!f.hint.empty()) out += "         try: " + printable(f.hint) + "\n";
    return out;
}

result<void> run(context& on) {
    auto host = on.open();
    if (!host) return std::move(host).error();
    auto findings = await<std::vector<doctor_finding>>(on.signals, [&](auto done) {
        (*host)->doctor(std::move(done));
    });
    if (!findings) return std::move(findings).error();
    json list = json::array();
    std::string text;
    for (const auto& f : *findings) {
        if (f.severity == "error") on.status = exit_failed;
        text += describe(f);
        list.push_back(
            {{"severity", f.severity},
             {"subject", f.subject},
             {"message", f.message},
             {"hint", f.hint}}
        );
    }
    if (on.json) {
        on.print_json(list);
    } else {
        on.print(text);
    }
    return {};
}

}  // namespace

void add_doctor(CLI::App& app, command& chosen) {
    auto* sub = app.add_subcommand("doctor", "Versions, paths, keys, plugins: what is wrong");
    sub->footer("Example:\n  qry-host doctor");
    sub->callback([&chosen] { chosen = [](context& on) { return run(on); }; });
}

}  // namespace qry::cli
