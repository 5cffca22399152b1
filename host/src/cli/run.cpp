#include "cli/run.hpp"

#include <cstdio>
#include <exception>

#include <CLI/CLI.hpp>

#include "cli/context.hpp"
#include "cli/exit_status.hpp"
#include "cli/terminal.hpp"

namespace qry::cli {

namespace {

void add_globals(CLI::App& app, context& on) {
    app.add_option(
           "--registry",
           on.registry,
           "Where datasources are kept: a file, :memory: or postgresql://…; $QRY_REGISTRY unless "
           "set"
    )
        ->type_name("R");
    app.add_flag("--json", on.json, "Results and errors as JSON");
    app.add_flag("--quiet", on.quiet, "Nothing on standard error but errors");
    app.set_version_flag("--version", std::string("qry-host ") + version());
    app.require_subcommand(1);
    // Global options are understood behind the command as well.
    app.fallthrough();
    app.footer(
        "Examples:\n"
        "  qry-host drivers\n"
        "  qry-host datasource add shop --driver sqlite -p path=/data/shop.db\n"
        "  qry-host query shop 'select count(*) from orders'\n"
        "Exit status: 0 done, 1 failed, 2 wrong use, 3 permission denied, 4 time limit,\n"
        "5 credentials do not open, 130 interrupted."
    );
}

void print_error(const context& on, const error& e) {
    std::string text = describe(e, on.json ? error_form::json : error_form::text);
    const colours hues(stderr);
    if (!on.json && !hues.red.empty()) {
        text.insert(6, hues.reset);
        text.insert(0, std::string(hues.red));
    }
    std::fputs(text.c_str(), stderr);
}

// -1 = go on.
int parse(CLI::App& app, int argc, char** argv, const context& on) {
    try {
        app.parse(argc, argv);
        return -1;
    } catch (const CLI::Success& e) {
        // --help and --version.
        return app.exit(e) == 0 ? exit_done : exit_usage;
    } catch (const CLI::ParseError& e) {
        std::string line = "qry-host";
        for (const CLI::App* at = &app; !at->get_subcommands().empty();) {
            at = at->get_subcommands().front();
            line += " " + at->get_name();
        }
        print_error(on, usage_error(e.what(), "see: " + line + " --help"));
        return exit_usage;
    }
}

int run_command(context& on, const command& chosen) {
    const result<void> outcome = chosen(on);
    on.close();
    if (!outcome) print_error(on, outcome.error());
    if (on.signals.happened()) return exit_interrupted;
    return outcome ? on.status : exit_status(outcome.error());
}

}  // namespace

int run(int argc, char** argv) {
    // Before any thread exists: all of them are to inherit the blocked signals.
    interrupts signals;
    context on(signals);
    try {
        CLI::App app{"Datasources and queries on them", "qry-host"};
        command chosen;
        add_globals(app, on);
        add_drivers(app, chosen);
        add_datasource(app, chosen);
        add_schema(app, chosen);
        add_query(app, chosen);
        add_secrets(app, chosen);
        add_doctor(app, chosen);
        add_plugin(app, chosen);
        add_serve(app, chosen);
        add_status(app, chosen);
        if (const int status = parse(app, argc, argv, on); status >= 0) return status;
        return run_command(on, chosen);
    } catch (const std::exception& e) {
        print_error(
            on, error{.kind = status::plugin_error, .message = e.what(), .from = origin::host}
        );
        return exit_failed;
    }
}

}  // namespace qry::cli
