#include <algorithm>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cli/columns.hpp"
#include "cli/context.hpp"

namespace qry::cli {

namespace {

using json = nlohmann::ordered_json;

void print(context& on, const secrets_report& report) {
    if (on.json) {
        json rows = json::array();
        for (const auto& r : report.rows) {
            rows.push_back(
                {{"datasource", r.datasource},
                 {"secret", r.secret},
                 {"key", r.key.empty() ? json(nullptr) : json(r.key)}}
            );
        }
        on.print_json({{"rows", std::move(rows)}, {"resealed", report.resealed}});
        return;
    }
    columns table({"datasource", "secret", "opens with"});
    for (const auto& r : report.rows) {
        table.add({r.datasource, r.secret, r.key.empty() ? "no key" : r.key});
    }
    on.print(table.text());
}

result<void> run(context& on, rotate_mode mode) {
    auto host = on.open();
    if (!host) return std::move(host).error();
    auto report = await<secrets_report>(on.signals, [&](auto done) {
        (*host)->check_secrets(mode, std::move(done));
    });
    if (!report) return std::move(report).error();
    print(on, *report);
    if (mode == rotate_mode::reseal) {
        on.note(std::to_string(report->resealed) + " secrets sealed with the current key\n");
    }
    const auto closed = std::find_if(report->rows.begin(), report->rows.end(), [](const auto& r) {
        return r.key.empty();
    });
    if (closed == report->rows.end()) return {};
    error e{.kind = status::credential_error, .message = "Could not decrypt credentials."};
    e.hint =
        "put the key they were sealed with into JWT_SECRET_KEY or JWT_SECRET_KEY_PREVIOUS; "
        "the stored secrets are untouched";
    e.from = origin::host;
    e.datasource = closed->datasource;
    return e;
}

}  // namespace

void add_secrets(CLI::App& app, command& chosen) {
    auto* group = app.add_subcommand("secrets", "Which stored secrets open, and with which key");
    group->require_subcommand(1);
    group->footer("Examples:\n  qry-host secrets check\n  qry-host secrets rotate --dry-run");
    auto* look = group->add_subcommand("check", "Try to open every stored secret");
    look->footer("Example:\n  qry-host secrets check");
    look->callback([&chosen] {
        chosen = [](context& on) { return run(on, rotate_mode::check_only); };
    });
    auto* turn = group->add_subcommand("rotate", "Seal all secrets with the current key");
    turn->footer(
        "Example, with the new key in JWT_SECRET_KEY and the old one in "
        "JWT_SECRET_KEY_PREVIOUS:\n  qry-host secrets rotate"
    );
    auto dry = std::make_shared<bool>(false);
    turn->add_flag("--dry-run", *dry, "Only say which key opens what");
    turn->callback([&chosen, dry] {
        chosen = [dry](context& on) {
            return run(on, *dry ? rotate_mode::check_only : rotate_mode::reseal);
        };
    });
}

}  // namespace qry::cli
