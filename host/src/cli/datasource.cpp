#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cli/context.hpp"
#include "cli/describe.hpp"
#include "cli/exit_status.hpp"

namespace qry::cli {

namespace {

using json = nlohmann::ordered_json;

result<void> list(context& on) {
    auto host = on.open();
    if (!host) return std::move(host).error();
    auto all = await<std::vector<datasource_ptr>>(on.signals, [&](auto done) {
        (*host)->list(std::move(done));
    });
    if (!all) return std::move(all).error();
    if (on.json) {
        json out = json::array();
        for (const auto& d : *all)
            out.push_back(to_json(d->info()));
        on.print_json(out);
        return {};
    }
    columns table({"name", "driver", "state", "schema", "checked"});
    for (const auto& d : *all) {
        const auto info = d->info();
        table.add(
            {info.name, info.driver, state_name(info.state), schema_state(info), checked(info)}
        );
    }
    on.print(table.text());
    return {};
}

result<void> show(context& on, const std::string& name) {
    auto found = on.datasource(name);
    if (!found) return std::move(found).error();
    const auto info = (*found)->info();
    if (on.json) {
        on.print_json(to_json(info));
        return {};
    }
    columns table({"name", info.name});
    table.add({"driver", info.driver});
    for (const auto& [key, value] : info.params)
        table.add({"  " + key, value});
    for (const auto& key : info.secrets)
        table.add({"  " + key, "(secret)"});
    table.add(
        {"timeout", info.timeout ? seconds(*info.timeout) : seconds(default_timeout) + " (default)"}
    );
    table.add(
        {"pool",
         std::to_string(info.pool_min_size) + " to " + std::to_string(info.pool_max_size) +
             " sessions"}
    );
    table.add({"isolation", info.isolation});
    table.add({"state", state_name(info.state)});
    if (!info.state_message.empty()) table.add({"", info.state_message});
    table.add({"checked", checked(info)});
    table.add({"schema", schema_state(info)});
    table.add({"version", std::to_string(info.version)});
    on.print(table.text());
    return {};
}

result<void> test(context& on, const std::string& name) {
    auto found = on.datasource(name);
    if (!found) return std::move(found).error();
    const bool text = !on.json;
    auto report = await<test_report>(on.signals, [&](auto done) {
        auto on_step = [&on, text](const test_step_report& step) {
            if (text) on.print(describe_step(step, colours(stdout)));
        };
        return (*found)->test(std::move(on_step), std::move(done));
    });
    if (!report) return std::move(report).error();
    if (on.json) on.print_json(to_json(*report));
    if (report->failure) return *report->failure;
    if (!report->ok) {
        error e{.kind = status::connection_failed, .message = "the test of '" + name + "' failed"};
        e.from = origin::host;
        return e;
    }
    if (text && !report->server_version.empty()) {
        on.print("connected to " + report->server_version + "\n");
    }
    return {};
}

result<void> remove(context& on, const std::string& name) {
    auto host = on.open();
    if (!host) return std::move(host).error();
    auto removed =
        await<void>(on.signals, [&](auto done) { (*host)->remove(name, std::move(done)); });
    if (removed) on.note("removed datasource '" + name + "'; its secrets are gone\n");
    return removed;
}

result<void> rename(context& on, const std::string& from, const std::string& to) {
    auto host = on.open();
    if (!host) return std::move(host).error();
    datasource_change change;
    change.new_name = to;
    auto updated = await<datasource_ptr>(on.signals, [&](auto done) {
        (*host)->update(from, std::move(change), std::move(done));
    });
    if (!updated) return std::move(updated).error();
    on.note("renamed datasource '" + from + "' to '" + to + "'\n");
    return {};
}

// A subcommand with one NAME.
void add_named(
    CLI::App& group,
    command& chosen,
    const char* verb,
    const char* help,
    result<void> (*run)(context&, const std::string&)
) {
    auto* sub = group.add_subcommand(verb, help);
    sub->footer(std::string("Example:\n  qry-host datasource ") + verb + " sales");
    auto name = std::make_shared<std::string>();
    sub->add_option("name", *name, "The datasource")->required();
    sub->callback([&chosen, name, run] {
        chosen = [name, run](context& on) { return run(on, *name); };
    });
}

}  // namespace

void add_datasource(CLI::App& app, command& chosen) {
    auto* group = app.add_subcommand("datasource", "Add, list, test and change datasources");
    group->require_subcommand(1);
    group->footer(
        "Examples:\n"
        "  qry-host datasource add shop --driver sqlite -p path=/data/shop.db\n"
        "  qry-host datasource list\n"
        "  qry-host datasource test shop"
    );
    add_datasource_changes(*group, chosen);
    auto* all = group->add_subcommand("list", "All datasources and their state");
    all->footer("Example:\n  qry-host datasource list --json");
    all->callback([&chosen] { chosen = [](context& on) { return list(on); }; });
    add_named(*group, chosen, "show", "One datasource, without its secrets", show);
    add_named(*group, chosen, "test", "Connect step by step, and say what fails", test);
    add_named(*group, chosen, "remove", "Remove a datasource and its secrets", remove);
    auto* other = group->add_subcommand("rename", "Give a datasource another name");
    other->footer("Example:\n  qry-host datasource rename sales sales-eu");
    auto names = std::make_shared<std::pair<std::string, std::string>>();
    other->add_option("from", names->first, "Its name now")->required();
    other->add_option("to", names->second, "Its new name")->required();
    other->callback([&chosen, names] {
        chosen = [names](context& on) { return rename(on, names->first, names->second); };
    });
}

}  // namespace qry::cli
