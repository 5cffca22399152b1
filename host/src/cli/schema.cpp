#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cli/columns.hpp"
#include "cli/context.hpp"
#include "cli/exit_status.hpp"
#include "cli/number_option.hpp"
#include "cli/schema_text.hpp"
#include "cli/terminal.hpp"

namespace qry::cli {

namespace {

using json = nlohmann::ordered_json;

struct schema_request {
    std::string name;
    std::string table;
    std::string search;
    std::string question;
    std::optional<std::string> max_age;
    std::optional<std::size_t> prompt;
    std::optional<std::size_t> limit;
};
constexpr std::size_t default_limit = 100;

result<schema_ptr> read(context& on, const schema_request& what) {
    std::optional<duration> max_age;
    if (what.max_age) {
        auto parsed = parse_age(*what.max_age, "--max-age");
        if (!parsed) return std::move(parsed).error();
        max_age = *parsed;
    }
    auto found = on.datasource(what.name);
    if (!found) return std::move(found).error();
    return await<schema_ptr>(on.signals, [&](auto done) {
        return (*found)->schema(max_age, std::move(done));
    });
}

void list_tables(context& on, const schema_snapshot& s, std::size_t limit) {
    const auto shown = static_cast<std::uint32_t>(std::min<std::size_t>(limit, s.table_count()));
    if (on.json) {
        json tables = json::array();
        for (std::uint32_t i = 0; i < shown; ++i)
            tables.push_back(to_json(s.table(i)));
        on.print_json(
            {{"generation", s.generation()},
             {"age", std::chrono::duration<double>(s.age()).count()},
             {"table_count", s.table_count()},
             {"column_count", s.column_count()},
             {"tables", std::move(tables)}}
        );
        return;
    }
    columns list({"table", "kind", "columns", "rows", "comment"});
    list.right(2).right(3);
    for (std::uint32_t i = 0; i < shown; ++i) {
        const auto t = s.table(i);
        const auto rows = t.row_estimate();
        list.add(
            {qualified(t),
             std::string(t.kind()),
             std::to_string(t.column_count()),
             rows ? "~" + std::to_string(*rows) : "",
             std::string(t.comment().value_or(""))}
        );
    }
    on.print(list.text());
    std::string note = std::to_string(s.table_count()) + " tables, " +
                       std::to_string(s.column_count()) + " columns, read " +
                       short_age(std::chrono::duration<double>(s.age()).count()) + " ago";
    if (shown < s.table_count()) {
        note += "; the first " + std::to_string(shown) + " are shown, --limit shows more";
    }
    on.note(note + "\n");
}

void list_hits(context& on, const schema_snapshot& s, const std::string& text, std::size_t limit) {
    const auto hits = s.search(text, limit);
    json out = json::array();
    columns list({"name", "what", "type", "comment"});
    for (const auto& hit : hits) {
        const auto t = s.table(hit.table);
        std::string name = qualified(t);
        std::string what(t.kind());
        std::string type;
        auto comment = t.comment();
        if (hit.column) {
            const auto c = t.column(*hit.column);
            name.append(".").append(c.name);
            what = "column";
            type = c.type;
            comment = c.comment;
        }
        if (on.json) {
            out.push_back({{"name", name}, {"what", what}, {"type", type}, {"score", hit.score}});
        }
        list.add({name, what, type, std::string(comment.value_or(""))});
    }
    if (on.json) {
        on.print_json(out);
        return;
    }
    on.print(list.text());
    if (hits.empty()) on.note("nothing matches '" + printable(text) + "'\n");
}

result<void> show(context& on, const schema_request& what) {
    auto read_schema = read(on, what);
    if (!read_schema) return std::move(read_schema).error();
    const schema_snapshot& s = **read_schema;
    if (what.prompt) {
        const auto text = s.prompt(*what.prompt, what.question);
        if (on.json) {
            on.print_json({{"prompt", text}});
        } else {
            on.print(text);
        }
        return {};
    }
    if (!what.search.empty()) {
        list_hits(on, s, what.search, what.limit.value_or(default_limit));
        return {};
    }
    if (what.table.empty()) {
        list_tables(on, s, what.limit.value_or(on.json ? s.table_count() : default_limit));
        return {};
    }
    const auto table = s.find(what.table);
    if (!table) {
        error e{.kind = status::not_found};
        e.message = "the datasource '" + what.name + "' has no table '" + what.table + "'";
        e.hint =
            "find its name with: qry-host schema show " + what.name + " --search " + what.table;
        e.from = origin::host;
        return e;
    }
    if (on.json) {
        on.print_json(to_json(*table));
    } else {
        on.print(describe(*table));
    }
    return {};
}

result<void> refresh(context& on, const std::string& name) {
    auto found = on.datasource(name);
    if (!found) return std::move(found).error();
    // Shared with the callback, which may be called a last time after a cancel.
    auto line = std::make_shared<progress_line>(
        on.quiet || on.json ? progress_line::mode::hidden : progress_line::mode::shown
    );
    auto diff = await<schema_diff>(on.signals, [&](auto done) {
        auto on_progress = [line](const refresh_progress& p) {
            line->show("reading " + p.stage + ": " + std::to_string(p.done));
        };
        return (*found)->refresh_schema(std::move(on_progress), std::move(done));
    });
    line->clear();
    if (!diff) return std::move(diff).error();
    if (on.json) {
        on.print_json(to_json(*diff));
    } else {
        on.print(describe(*diff));
    }
    return {};
}

}  // namespace

void add_schema(CLI::App& app, command& chosen) {
    auto* group = app.add_subcommand("schema", "What a datasource holds");
    group->require_subcommand(1);
    group->footer("Examples:\n  qry-host schema show sales\n  qry-host schema refresh sales");
    auto* one = group->add_subcommand("show", "Tables, one table, a search, or a prompt");
    auto what = std::make_shared<schema_request>();
    one->add_option("name", what->name, "The datasource")->required();
    one->add_option("table", what->table, "Show the columns and keys of this table");
    one->add_option("--search", what->search, "Find tables and columns")->type_name("WORD");
    add_number(*one, "--prompt", what->prompt, "The schema for a language model")
        ->type_name("TOKENS");
    one->add_option("--question", what->question, "With --prompt: what matters to this first")
        ->type_name("TEXT");
    add_number(*one, "--limit", what->limit, "At most so many tables or hits")->type_name("N");
    one->add_option("--max-age", what->max_age, "Read it anew if it is older; 0: in any case")
        ->type_name("5m|…");
    one->footer(
        "Examples:\n"
        "  qry-host schema show sales public.orders\n"
        "  qry-host schema show sales --search customer\n"
        "  qry-host schema show sales --prompt 2000 --question 'revenue by region'"
    );
    one->callback([&chosen, what] { chosen = [what](context& on) { return show(on, *what); }; });
    auto* anew = group->add_subcommand("refresh", "Read the schema anew and say what changed");
    anew->footer("Example:\n  qry-host schema refresh sales");
    auto name = std::make_shared<std::string>();
    anew->add_option("name", *name, "The datasource")->required();
    anew->callback([&chosen, name] { chosen = [name](context& on) { return refresh(on, *name); }; }
    );
}

}  // namespace qry::cli
