#include <algorithm>
#include <filesystem>
#include <memory>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <qry/kit/elf/note.hpp>

#include "cli/columns.hpp"
#include "cli/context.hpp"
#include "cli/exit_status.hpp"
#include "cli/plugin_folder.hpp"
#include "cli/plugin_lint.hpp"
#include "cli/plugin_tree.hpp"

namespace qry::cli {

namespace {

namespace fs = std::filesystem;

struct new_plugin {
    plugin_names who;
    std::string language = "cpp";
    std::string folder;
};

// As manifests demand it, and as C++ does of a namespace.
result<void> check_name(const std::string& name) {
    if (!elf::is_plugin_name(name)) {
        return usage_error(
            "the name is '" + name + "'; expected [a-z][a-z0-9_]* of at most 32 characters",
            "the name of the database that it is for, for example 'acme'"
        );
    }
    for (const char* taken :
         {"qry",     "std",    "int",     "long",   "short",     "double", "float",  "char",
          "bool",    "void",   "class",   "struct", "namespace", "new",    "delete", "this",
          "default", "public", "private", "union",  "enum",      "auto"}) {
        if (name == taken) {
            return usage_error(
                "the name '" + name + "' is a word that C++ or the SDK uses", "choose another one"
            );
        }
    }
    return {};
}

// Where this program is installed: it lies in PREFIX/bin; a build tree is laid out alike.
fs::path own_prefix() {
    std::error_code failed;
    return fs::read_symlink("/proc/self/exe", failed).parent_path().parent_path();
}

result<fs::path> find_template(const fs::path& prefix, const std::string& language) {
    std::error_code failed;
    fs::path found = prefix / "share/qry/templates" / language;
    if (fs::exists(found / "qry-plugin.json", failed)) return found;
    return error{
        .kind = status::not_found,
        .message = "there is no template for '" + language + "': no qry-plugin.json in '" +
                   found.string() + "'",
        .hint = "Install the SDK beside qry-host.",
        .from = origin::host};
}

std::string title_of(const std::string& name) {
    std::string out = name;
    std::replace(out.begin(), out.end(), '_', ' ');
    out[0] = static_cast<char>(out[0] - 'a' + 'A');
    return out;
}

result<void> make(context& on, new_plugin what) {
    if (auto ok = check_name(what.who.name); !ok) return ok;
    const fs::path prefix = own_prefix();
    auto from = find_template(prefix, what.language);
    if (!from) return std::move(from).error();
    if (what.who.title.empty()) what.who.title = title_of(what.who.name);
    const fs::path to(what.folder.empty() ? what.who.name : what.folder);
    if (auto made = make_plugin_tree(*from, to, what.who); !made) return made;
    if (on.json) {
        on.print_json({{"name", what.who.name}, {"path", fs::absolute(to).string()}});
        return {};
    }
    on.print(to.string() + "\n");
    on.note(
        "It is a sample under your name, and works as it is:\n"
        "  cd " +
        to.string() +
        "\n"
        "  cmake -S . -B build -DCMAKE_PREFIX_PATH=" +
        prefix.string() +
        "\n"
        "  cmake --build build\n"
        "  ctest --test-dir build\n"
        "README.md says what to change.\n"
    );
    return {};
}

const char* word_of(finding::weight how) {
    switch (how) {
        case finding::weight::ok:
            return "ok";
        case finding::weight::warning:
            return "warning";
        case finding::weight::error:
            return "error";
    }
    return "error";
}

bool is_error(const finding& f) noexcept {
    return f.how == finding::weight::error;
}

result<void> lint(context& on, const std::string& folder) {
    const auto found = plugin_in(folder);
    if (!found) return found.error();
    const auto findings = lint_plugin(*found);
    if (std::ranges::any_of(findings, is_error)) on.status = exit_failed;
    if (on.json) {
        auto out = nlohmann::ordered_json::array();
        for (const finding& f : findings)
            out.push_back({{"check", f.check}, {"result", word_of(f.how)}, {"text", f.text}});
        on.print_json(out);
        return {};
    }
    columns table({"check", "result", "found"});
    for (const finding& f : findings)
        table.add({f.check, word_of(f.how), f.text});
    on.print(table.text());
    return {};
}

// Where the user's own plugins lie.
result<fs::path> own_folder(context& on) {
    auto host = on.open();
    if (!host) return std::move(host).error();
    for (const auto& folder : (*host)->drivers().folders()) {
        if (folder.origin == "user") return folder.path;
    }
    return error{
        .kind = status::not_found,
        .message = "you have no folder for plugins: neither XDG_DATA_HOME nor HOME is set",
        .hint = "Set one of them.",
        .from = origin::host};
}

result<void> install(context& on, const std::string& folder, downgrade older) {
    const auto found = plugin_in(folder);
    if (!found) return found.error();
    const auto findings = lint_plugin(*found);
    if (const auto bad = std::ranges::find_if(findings, is_error); bad != findings.end()) {
        return error{
            .kind = status::plugin_error,
            .message = "it is not installed: " + bad->text,
            .hint = "'qry-host plugin lint " + folder + "' looks at all of it",
            .from = origin::host};
    }
    auto to = own_folder(on);
    if (!to) return std::move(to).error();
    auto installed = install_plugin(*found, *to, older);
    if (!installed) return std::move(installed).error();
    if (on.json) {
        on.print_json(
            {{"name", found->about.name},
             {"version", found->about.version},
             {"path", installed->string()}}
        );
    } else {
        on.print(
            found->about.name + " " + found->about.version + " in " + installed->string() + "\n"
        );
    }
    return {};
}

result<void> remove(context& on, const std::string& name) {
    auto from = own_folder(on);
    if (!from) return std::move(from).error();
    return remove_plugin(name, *from);
}

}  // namespace

void add_plugin(CLI::App& app, command& chosen) {
    auto* group = app.add_subcommand("plugin", "Make a driver of your own");
    group->require_subcommand(1);
    auto* fresh = group->add_subcommand("new", "A source tree that builds and keeps the rules");
    auto what = std::make_shared<new_plugin>();
    fresh->add_option("name", what->who.name, "Of the plugin: [a-z][a-z0-9_]*")->required();
    fresh
        ->add_option(
            "--lang",
            what->language,
            "c: one file; cpp: a client library that blocks; cpp-http: a web service"
        )
        ->check(CLI::IsMember({"c", "cpp", "cpp-http"}))
        ->capture_default_str();
    fresh->add_option("--title", what->who.title, "As people write it; the name unless given")
        ->type_name("TEXT");
    what->who.publisher = "unpublished";
    fresh->add_option("--publisher", what->who.publisher, "Who answers for it")
        ->type_name("TEXT")
        ->capture_default_str();
    fresh->add_option("--to", what->folder, "The folder to make; NAME unless given")
        ->type_name("DIR");
    fresh->footer("Example:\n  qry-host plugin new acme --lang cpp --title 'Acme DB'");
    fresh->callback([&chosen, what] { chosen = [what](context& on) { return make(on, *what); }; });
    auto* check = group->add_subcommand(
        "lint", "What would not do on another machine, or for those who install it"
    );
    auto folder = std::make_shared<std::string>();
    check->add_option("folder", *folder, "Of qry-plugin.json and the library")->required();
    check->footer(
        "Nothing of the plugin is run. Ends with 1 if there is an error; warnings are no failure.\n"
        "Example:\n  qry-host plugin lint build/lib/qry/plugins/acme"
    );
    check->callback([&chosen, folder] {
        chosen = [folder](context& on) { return lint(on, *folder); };
    });
    auto* take = group->add_subcommand("install", "Copy a built plugin to where you keep yours");
    take->add_option("folder", *folder, "Of qry-plugin.json and the library")->required();
    auto force = std::make_shared<bool>(false);
    take->add_flag("--force", *force, "Also when a later version is there");
    take->footer(
        "What lint calls an error is not installed. New sessions use it at once.\n"
        "Example:\n  qry-host plugin install build/lib/qry/plugins/acme"
    );
    take->callback([&chosen, folder, force] {
        chosen = [folder, force](context& on) {
            return install(on, *folder, *force ? downgrade::allow : downgrade::refuse);
        };
    });
    auto* drop = group->add_subcommand("remove", "Remove a plugin that you installed");
    auto name = std::make_shared<std::string>();
    drop->add_option("name", *name, "Of the plugin")->required();
    drop->footer("Its datasources stay, and fail until it is there again.");
    drop->callback([&chosen, name] { chosen = [name](context& on) { return remove(on, *name); }; });
}

}  // namespace qry::cli
