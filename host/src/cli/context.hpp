// What every command works with: the global options, the host, and where output goes.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include <qry/host.hpp>

#include "cli/await.hpp"
#include "cli/interrupts.hpp"

namespace CLI {
class App;
}

namespace qry::cli {

// Not thread-safe.
class context {
public:
    explicit context(interrupts& on) : signals(on) {}

    // Global options.
    std::string registry;
    bool json = false;
    bool quiet = false;

    interrupts& signals;
    // What the process ends with when a command succeeds and yet has something to say (doctor).
    int status = 0;

    // For opening a host: the global options, and who asks.
    [[nodiscard]] host_options options() const;
    // Opened on first use; the same one afterwards.
    [[nodiscard]] result<host_ptr> open();
    [[nodiscard]] result<datasource_ptr> datasource(const std::string& name);
    // Cancels what runs and closes all sessions; errors of closing interest nobody any more.
    void close();

    // A result, to standard output.
    void print(std::string_view text) const;
    void print_json(const nlohmann::ordered_json& value) const;
    // Everything else, to standard error. Nothing when quiet, nor with --json: what is there then
    // is an error that programs parse.
    void note(std::string_view text) const;

private:
    host_ptr host_;
};

// What parsing the command line picked.
using command = std::function<result<void>(context&)>;

// Each adds its subcommands to the app; parsing leaves the picked one in `chosen`.
void add_drivers(CLI::App& app, command& chosen);
void add_datasource(CLI::App& app, command& chosen);
void add_datasource_changes(CLI::App& group, command& chosen);
void add_schema(CLI::App& app, command& chosen);
void add_query(CLI::App& app, command& chosen);
void add_secrets(CLI::App& app, command& chosen);
void add_doctor(CLI::App& app, command& chosen);
void add_plugin(CLI::App& app, command& chosen);
void add_serve(CLI::App& app, command& chosen);
void add_status(CLI::App& app, command& chosen);

}  // namespace qry::cli
