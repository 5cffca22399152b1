#include <algorithm>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cli/columns.hpp"
#include "cli/context.hpp"

namespace qry::cli {

namespace {

using json = nlohmann::ordered_json;
using registry::parameter;
using registry::plugin;

std::string abi(const plugin& p) {
    return std::to_string(p.about.abi_major) + "." + std::to_string(p.about.abi_minor);
}

std::string join(const std::vector<std::string>& items, const char* between) {
    std::string out;
    for (const auto& item : items)
        out += (out.empty() ? "" : between) + item;
    return out;
}

json to_json(const plugin& p) {
    return {
        {"name", p.about.name},
        {"title", p.about.title},
        {"version", p.about.version},
        {"abi", abi(p)},
        {"publisher", p.about.publisher},
        {"trust", p.trust},
        {"path", p.library.string()},
        {"usable", p.usable()},
        {"reason", p.reason},
    };
}

json to_json(const parameter& p) {
    json out = {
        {"name", p.name},
        {"type", type_name(p.type)},
        {"required", p.required},
        {"default", p.default_value ? json(*p.default_value) : json(nullptr)},
        {"secret", p.secret},
        {"help", p.description.empty() ? p.title : p.description},
    };
    if (!p.enumeration.empty()) out["enum"] = p.enumeration;
    return out;
}

result<void> list(context& on) {
    auto host = on.open();
    if (!host) return std::move(host).error();
    // Hashed: a library that was changed since it was installed is no usable one.
    const registry::catalog verified = (*host)->drivers().verified();
    const auto& plugins = verified.plugins();
    if (on.json) {
        json out = json::array();
        for (const auto& p : plugins)
            out.push_back(to_json(p));
        on.print_json(out);
        return {};
    }
    const bool bad =
        std::any_of(plugins.begin(), plugins.end(), [](const plugin& p) { return !p.usable(); });
    std::vector<std::string> head = {
        "name", "title", "version", "abi", "publisher", "trust", "path"};
    if (bad) head.push_back("cannot be used because");
    columns table(head);
    for (const auto& p : plugins) {
        const auto path = p.library.empty() ? p.folder : p.library;
        std::vector<std::string> row = {
            p.about.name,
            p.about.title,
            p.about.version,
            abi(p),
            p.about.publisher,
            p.trust,
            path.string()};
        if (bad) row.push_back(p.reason);
        table.add(std::move(row));
    }
    on.print(table.text());
    if (plugins.empty()) {
        on.note("no plugins found in:\n");
        for (const auto& f : (*host)->drivers().folders()) {
            on.note("  " + f.path.string() + " (" + f.origin + ")\n");
        }
    }
    return {};
}

void add_parameters(columns& table, const std::vector<parameter>& of, const std::string& when) {
    for (const auto& p : of) {
        std::string help = p.description.empty() ? p.title : p.description;
        if (!p.enumeration.empty()) help += " (" + join(p.enumeration, ", ") + ")";
        if (!when.empty()) help += " [with " + when + "]";
        table.add(
            {p.name,
             type_name(p.type),
             p.required ? "required" : p.default_value.value_or("-"),
             p.secret ? "yes" : "",
             help}
        );
    }
}

result<void> show(context& on, const std::string& name) {
    auto host = on.open();
    if (!host) return std::move(host).error();
    auto found = (*host)->drivers().find(name);
    if (!found) return std::move(found).error();
    const plugin& p = **found;
    const auto& schema = p.about.parameters;
    if (on.json) {
        json out = to_json(p);
        out["description"] = p.about.description;
        out["model"] = p.about.model;
        out["capabilities"] = p.about.capabilities;
        out["hosts"] = p.about.hosts;
        out["parameters"] = json::array();
        for (const auto& q : schema.parameters)
            out["parameters"].push_back(to_json(q));
        for (const auto& v : schema.variants) {
            for (const auto& q : v.parameters) {
                json one = to_json(q);
                one["when"] = {{schema.discriminator, v.value}};
                out["parameters"].push_back(std::move(one));
            }
        }
        on.print_json(out);
        return {};
    }
    std::string text = p.about.title + " (" + p.about.name + ") " + p.about.version + "\n";
    if (!p.about.description.empty()) text += p.about.description + "\n";
    text += "\npublisher     " + p.about.publisher + "\nABI           " + abi(p) + ", " +
            p.about.model + "\ncapabilities  " + join(p.about.capabilities, ", ") +
            "\ntalks to      " + (p.about.hosts.empty() ? "nobody" : join(p.about.hosts, ", ")) +
            "\nlibrary       " + p.library.string() + " (" + p.trust + ")\n\n";
    columns table({"parameter", "type", "default", "secret", "help"});
    add_parameters(table, schema.parameters, "");
    for (const auto& v : schema.variants) {
        add_parameters(table, v.parameters, schema.discriminator + "=" + v.value);
    }
    on.print(text + table.text());
    return {};
}

}  // namespace

void add_drivers(CLI::App& app, command& chosen) {
    auto* group = app.add_subcommand("drivers", "What is installed");
    group->footer("Examples:\n  qry-host drivers\n  qry-host drivers show postgresql");
    auto* one = group->add_subcommand("show", "The parameters and capabilities of one driver");
    one->footer("Example:\n  qry-host drivers show postgresql");
    auto name = std::make_shared<std::string>();
    one->add_option("name", *name, "The driver's name or alias")->required();
    one->callback([&chosen, name] { chosen = [name](context& on) { return show(on, *name); }; });
    group->callback([&chosen, one] {
        if (!one->parsed()) chosen = [](context& on) { return list(on); };
    });
}

}  // namespace qry::cli
