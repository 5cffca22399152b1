// qry-conformance: does this plugin keep the rules of the SDK?
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "child.hpp"
#include "report.hpp"

namespace {

using namespace qry::conformance;

constexpr int exit_conforms = 0;
constexpr int exit_broken = 1;
constexpr int exit_usage = 2;

struct options {
    std::string plugin;
    std::string params_file;
    std::vector<std::string> only;
    bool json = false;
    bool list = false;
    // Set by the parent process for its children.
    std::string child;
    int report_fd = -1;
};

void describe_options(CLI::App& app, options& o) {
    app.add_option("plugin", o.plugin, "The plugin's shared object");
    app.add_option("--params", o.params_file, "JSON file: {\"params\": {…}, \"secrets\": {…}, …}")
        ->check(CLI::ExistingFile);
    app.add_option("--only", o.only, "Only this test, or those beginning so: \"cancel.\"");
    app.add_flag("--json", o.json, "Print one JSON document instead of text");
    app.add_flag("--list", o.list, "Print the tests and their rules, run nothing");
    app.add_option("--child", o.child)->group("");
    app.add_option("--report-fd", o.report_fd)->group("");
}

// An id, or the beginning of one up to a dot.
bool selected(const options& o, const std::string& id) {
    if (o.only.empty()) return true;
    for (const std::string& wanted : o.only) {
        if (id == wanted) return true;
        if (wanted.ends_with('.') && id.starts_with(wanted)) return true;
    }
    return false;
}

int be_child(const options& o) {
    for (const test_case& test : all_tests()) {
        if (test.id == o.child) return run_here(test, o.plugin, o.params_file, o.report_fd);
    }
    return exit_usage;
}

int list() {
    for (const test_case& test : all_tests())
        std::printf("%-28s %s\n", test.id, test.rule);
    return exit_conforms;
}

int run(const options& o) {
    // Children have other ideas of "here" than a user who says libqry_x.so and means ./libqry_x.so.
    const run_facts facts{std::filesystem::absolute(o.plugin), o.params_file};
    std::vector<test_report> all;
    const std::vector<test_case> tests = all_tests();
    for (const test_case& test : tests) {
        if (!selected(o, test.id)) continue;
        all.push_back(run_in_child(test, facts.plugin, facts.params_file));
        if (!o.json) {
            std::fputs(as_text(facts, all.back()).c_str(), stdout);
            std::fflush(stdout);
        }
    }
    if (all.empty()) {
        std::fputs("qry-conformance: no test of that name; --list shows them\n", stderr);
        return exit_usage;
    }
    std::fputs((o.json ? as_json(facts, all) : "\n" + summary(all) + "\n").c_str(), stdout);
    return any_bad(all) ? exit_broken : exit_conforms;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("Tests a plugin against the rules of the QRY SDK, each test in its own process.");
    options o;
    describe_options(app, o);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        return app.exit(e) == 0 ? exit_conforms : exit_usage;
    }
    try {
        if (!o.child.empty()) return be_child(o);
        if (o.list) return list();
        if (!std::filesystem::is_regular_file(o.plugin)) {
            std::fprintf(stderr, "qry-conformance: no plugin file '%s'\n", o.plugin.c_str());
            return exit_usage;
        }
        return run(o);
    } catch (const std::exception& e) {
        std::fprintf(stderr, "qry-conformance: %s\n", e.what());
        return exit_usage;
    }
}
