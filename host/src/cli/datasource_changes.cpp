#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cli/context.hpp"
#include "cli/describe.hpp"
#include "cli/exit_status.hpp"
#include "cli/input.hpp"
#include "cli/number_option.hpp"

namespace qry::cli {

namespace {

// What add and edit have in common.
struct settings {
    std::string name;
    std::string driver;
    std::vector<std::string> params;
    std::vector<std::string> secrets;
    std::vector<std::string> dropped_secrets;
    std::optional<std::string> timeout;
    std::optional<int> pool_min_size;
    std::optional<int> pool_max_size;
    std::optional<std::string> isolation;
    bool no_test = false;
};
using settings_ptr = std::shared_ptr<settings>;

result<std::optional<duration>> read_timeout(const std::optional<std::string>& text) {
    if (!text) return std::optional<duration>();
    auto value = parse_duration(*text, "--timeout");
    if (!value) return std::move(value).error();
    return std::optional(*value);
}

result<datasource_spec> to_spec(const settings& given, interrupts& on) {
    datasource_spec spec;
    spec.name = given.name;
    spec.driver = given.driver;
    auto timeout = read_timeout(given.timeout);
    if (!timeout) return std::move(timeout).error();
    spec.timeout = *timeout;
    auto params = read_params(given.params);
    if (!params) return std::move(params).error();
    spec.params = std::move(*params);
    spec.pool_min_size = given.pool_min_size.value_or(spec.pool_min_size);
    spec.pool_max_size = given.pool_max_size.value_or(spec.pool_max_size);
    spec.isolation = given.isolation;
    auto secrets = read_secrets(given.secrets, on);
    if (!secrets) return std::move(secrets).error();
    spec.secrets = std::move(*secrets);
    return spec;
}

datasource_spec clone(const datasource_spec& from) {
    datasource_spec out;
    out.name = from.name;
    out.driver = from.driver;
    out.params = from.params;
    for (const auto& [name, value] : from.secrets)
        out.secrets.emplace(name, value.clone());
    out.timeout = from.timeout;
    out.pool_min_size = from.pool_min_size;
    out.pool_max_size = from.pool_max_size;
    out.isolation = from.isolation;
    return out;
}

// Nothing is stored that does not connect.
result<void> test_first(context& on, host& with, const datasource_spec& spec) {
    auto report = await<test_report>(on.signals, [&](auto done) {
        auto on_step = [&on](const test_step_report& step) {
            on.note(describe_step(step, colours(stderr)));
        };
        return with.check(clone(spec), std::move(on_step), std::move(done));
    });
    if (!report) return std::move(report).error();
    if (report->ok) return {};
    error e = report->failure.value_or(error{
        .kind = status::connection_failed, .message = "the test failed", .from = origin::host});
    if (e.hint.empty()) e.hint = "add --no-test to store the datasource all the same";
    return e;
}

result<void> name_is_free(context& on, const std::string& name) {
    auto found = on.datasource(name);
    if (!found) {
        if (found.error().kind == status::not_found) return {};
        return std::move(found).error();
    }
    return error{
        .kind = status::conflict,
        .message = "there is a datasource '" + name + "' already",
        .hint = "choose another name, or change it with: qry-host datasource edit " + name,
        .from = origin::host,
        .datasource = name};
}

result<void> add(context& on, const settings& given) {
    auto spec = to_spec(given, on.signals);
    if (!spec) return std::move(spec).error();
    auto host = on.open();
    if (!host) return std::move(host).error();
    // Before the test, which takes its time and may be seen by others.
    if (auto free = name_is_free(on, given.name); !free) return free;
    if (!given.no_test) {
        if (auto tested = test_first(on, **host, *spec); !tested) return tested;
        spec->checked_at = std::chrono::system_clock::now();
    }
    auto made = await<datasource_ptr>(on.signals, [&](auto done) {
        (*host)->create(std::move(*spec), std::move(done));
    });
    if (!made) return std::move(made).error();
    if (on.json) {
        on.print_json(to_json((*made)->info()));
    } else {
        on.note("added datasource '" + given.name + "'\n");
    }
    return {};
}

result<void> edit(context& on, const settings& given) {
    datasource_change change;
    auto timeout = read_timeout(given.timeout);
    if (!timeout) return std::move(timeout).error();
    change.timeout = *timeout;
    auto params = read_params(given.params);
    if (!params) return std::move(params).error();
    change.params = std::move(*params);
    change.pool_min_size = given.pool_min_size;
    change.pool_max_size = given.pool_max_size;
    change.isolation = given.isolation;
    auto secrets = read_secrets(given.secrets, on.signals);
    if (!secrets) return std::move(secrets).error();
    change.secrets = std::move(*secrets);
    for (const auto& name : given.dropped_secrets)
        change.secrets[name] = secret();
    auto host = on.open();
    if (!host) return std::move(host).error();
    auto updated = await<datasource_ptr>(on.signals, [&](auto done) {
        (*host)->update(given.name, std::move(change), std::move(done));
    });
    if (!updated) return std::move(updated).error();
    if (on.json) {
        on.print_json(to_json((*updated)->info()));
    } else {
        on.note("changed datasource '" + given.name + "'\n");
    }
    return {};
}

void add_common(CLI::App& sub, const settings_ptr& into) {
    sub.add_option("name", into->name, "The datasource")->required();
    sub.add_option("-p,--param", into->params, "A connection parameter; see `drivers show`")
        ->type_name("K=V")
        ->allow_extra_args(false);
    sub.add_option(
           "--secret",
           into->secrets,
           "A secret: asked for, or read from a file, a variable, standard input"
    )
        ->type_name("K|K=@FILE|K=env:VAR|K=-")
        ->allow_extra_args(false);
    sub.add_option("--timeout", into->timeout, "How long a query may take; 30s unless set")
        ->type_name("90s|5m|…");
    add_number(sub, "--pool-min-size", into->pool_min_size, "Sessions kept open");
    add_number(sub, "--pool-max-size", into->pool_max_size, "Sessions at most");
    sub.add_option("--isolation", into->isolation, "Where the plugin runs")
        ->type_name("process|inline|datasource");
}

}  // namespace

void add_datasource_changes(CLI::App& group, command& chosen) {
    auto* fresh = group.add_subcommand("add", "Test a datasource and store it");
    auto given = std::make_shared<settings>();
    add_common(*fresh, given);
    fresh->add_option("--driver", given->driver, "Which driver; see `qry-host drivers`")
        ->required();
    fresh->add_flag("--no-test", given->no_test, "Store it without connecting");
    fresh->footer(
        "Examples:\n"
        "  qry-host datasource add shop --driver sqlite -p path=/data/shop.db\n"
        "  qry-host datasource add sales --driver postgresql -p host=db -p dbname=sales \\\n"
        "      -p user=qry --secret password --timeout 5m"
    );
    fresh->callback([&chosen, given] { chosen = [given](context& on) { return add(on, *given); }; }
    );

    auto* other = group.add_subcommand("edit", "Change a datasource; what is not named stays");
    auto changed = std::make_shared<settings>();
    add_common(*other, changed);
    other->add_option("--drop-secret", changed->dropped_secrets, "Forget a secret")
        ->type_name("K")
        ->allow_extra_args(false);
    other->footer(
        "Examples (an empty value removes a parameter):\n"
        "  qry-host datasource edit sales -p host=db2 --timeout 90s\n"
        "  qry-host datasource edit sales -p options= --secret password=@/run/secrets/pg"
    );
    other->callback([&chosen, changed] {
        chosen = [changed](context& on) { return edit(on, *changed); };
    });
}

}  // namespace qry::cli
