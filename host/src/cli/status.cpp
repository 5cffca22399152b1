#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cli/context.hpp"
#include "cli/exit_status.hpp"
#include "cli/status_text.hpp"

namespace qry::cli {

namespace {

struct status_arguments {
    std::string socket;
    bool prometheus = false;
};

result<void> run(context& on, const status_arguments& given) {
    if (given.prometheus && on.json) {
        return usage_error(
            "--json and --prometheus are two forms of the same figures", "leave one of them out"
        );
    }
    auto daemon = host::connect(given.socket);
    if (!daemon) return std::move(daemon).error();
    auto stats = await<host_stats>(on.signals, [&](completion<host_stats> done) {
        (*daemon)->stats(std::move(done));
    });
    if (!stats) return std::move(stats).error();
    if (given.prometheus) {
        on.print(to_prometheus(*stats));
    } else if (on.json) {
        on.print_json(status_json(*stats));
    } else {
        on.print(status_text(*stats));
    }
    return {};
}

}  // namespace

void add_status(CLI::App& app, command& chosen) {
    auto* sub = app.add_subcommand("status", "What the daemon does: workers, sessions, queries");
    auto given = std::make_shared<status_arguments>();
    sub->add_option(
           "--socket",
           given->socket,
           "Where the daemon listens: unix:PATH; $QRY_SOCKET unless set, then as serve does"
    )
        ->type_name("unix:PATH");
    sub->add_flag("--prometheus", given->prometheus, "In the text format of Prometheus");
    sub->footer(
        "Counts from the daemon's start; what programs do with a host of their own is not in "
        "here.\n"
        "Examples:\n"
        "  qry-host status\n"
        "  qry-host status --json\n"
        "  qry-host status --prometheus"
    );
    sub->callback([&chosen, given] { chosen = [given](context& on) { return run(on, *given); }; });
}

}  // namespace qry::cli
