#include <csignal>
#include <cstdio>

#include <CLI/CLI.hpp>

#include <qry/serve.hpp>

#include "cli/context.hpp"
#include "cli/exit_status.hpp"

namespace qry::cli {

namespace {

struct serve_arguments {
    std::string listen;
    std::string drain = "10s";
};

void say(const context& on, const std::string& text) {
    if (on.quiet) return;
    std::fprintf(stderr, "qry-host: %s\n", text.c_str());
}

result<void> run(context& on, const serve_arguments& given) {
    serve_options how;
    how.host = on.options();
    how.listen = given.listen;
    auto drain = parse_age(given.drain, "--drain");
    if (!drain) return std::move(drain).error();
    how.drain = *drain;
    // There is nothing to read anew: a terminal that goes away is no reason to stop.
    std::signal(SIGHUP, SIG_IGN);
    auto started = server::start(std::move(how));
    if (!started) return std::move(started).error();
    const std::shared_ptr<server> daemon = std::move(*started);
    say(on, "listening on " + daemon->address());
    on.signals.wait_for_one();
    say(on, "stopping; what runs has " + given.drain + " to end");
    auto stopped =
        await<void>(on.signals, [&](completion<void> done) { daemon->stop(std::move(done)); });
    on.signals.settle();
    if (stopped) {
        say(on, "stopped");
        return {};
    }
    // Waiting for what hangs is what the time limit is against.
    say(on, "stopped; " + stopped.error().message);
    std::fflush(nullptr);
    std::_Exit(exit_done);
}

}  // namespace

void add_serve(CLI::App& app, command& chosen) {
    auto* sub = app.add_subcommand("serve", "The daemon: one host for many programs");
    auto given = std::make_shared<serve_arguments>();
    sub->add_option(
           "--listen",
           given->listen,
           "Where programs connect: unix:PATH; $QRY_SOCKET unless set, then "
           "$XDG_RUNTIME_DIR/qry-host.sock, then /run/qry-host.sock"
    )
        ->type_name("unix:PATH");
    sub->add_option(
           "--drain",
           given->drain,
           "What runs at the end has so long; then, or with 0 at once, it is cancelled"
    )
        ->type_name("TIME")
        ->capture_default_str();
    sub->footer(
        "SIGTERM or SIGINT stops it. A socket that systemd hands over takes the place of "
        "--listen.\n"
        "Example:\n"
        "  qry-host serve --listen unix:/run/qry-host.sock"
    );
    sub->callback([&chosen, given] { chosen = [given](context& on) { return run(on, *given); }; });
}

}  // namespace qry::cli
