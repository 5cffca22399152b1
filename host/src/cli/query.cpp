#include <CLI/CLI.hpp>

#include "cli/arguments.hpp"
#include "cli/columns.hpp"
#include "cli/context.hpp"
#include "cli/exit_status.hpp"
#include "cli/input.hpp"
#include "cli/number_option.hpp"
#include "cli/result_writer.hpp"
#include "cli/terminal.hpp"

namespace qry::cli {

namespace {

struct request {
    std::string name;
    std::string sql;
    std::vector<std::string> args;
    std::vector<std::string> options;
    std::optional<std::string> timeout;
    std::string format;
    std::string file;
    std::optional<std::int64_t> limit;
};

result<query> to_query(const request& what, interrupts& on) {
    query out;
    out.sql = what.sql;
    out.limit = what.limit;
    if (what.timeout) {
        auto parsed = parse_duration(*what.timeout, "--timeout");
        if (!parsed) return std::move(parsed).error();
        out.timeout = *parsed;
    }
    auto options = read_params(what.options);
    if (!options) return std::move(options).error();
    out.options = std::move(*options);
    if (what.sql == "-") {
        auto text = read_stdin(on);
        if (!text) return std::move(text).error();
        out.sql = std::move(*text);
    }
    auto bound = bind(what.args);
    if (!bound) return std::move(bound).error();
    out.args_schema = std::move(bound->schema);
    out.args = std::move(bound->values);
    return out;
}

std::string row_count(std::int64_t rows) {
    return std::to_string(rows) + (rows == 1 ? " row" : " rows");
}

// The rows so far, and the time, on a terminal that does not show the rows themselves.
class row_counter {
public:
    row_counter(const context& on, const request& what)
        : line_(
              on.quiet || what.file.empty() ? progress_line::mode::hidden
                                            : progress_line::mode::shown
          ) {}
    void add(std::int64_t rows) {
        rows_ += rows;
        line_.show(row_count(rows_));
    }
    void clear() { line_.clear(); }
    [[nodiscard]] std::int64_t rows() const noexcept { return rows_; }

private:
    progress_line line_;
    std::int64_t rows_ = 0;
};

// Writes all batches; one is in memory at a time.
result<void> write_rows(
    context& on, const result_ptr& rows, result_writer& writer, row_counter& counter
) {
    auto shape = arrow::import_field(*rows->schema());
    if (!shape) return std::move(shape).error();
    if (auto r = writer.begin(*shape); !r) return r;
    for (;;) {
        auto batch = await<unique_array>(
            on.signals,
            [&](completion<unique_array> done) { rows->next(std::move(done)); },
            [&] { rows->cancel(); }
        );
        if (!batch) return std::move(batch).error();
        if (!*batch) break;
        auto view = arrow::array_view::make(*shape, **batch);
        if (!view) return std::move(view).error();
        if (auto r = writer.batch(*view); !r) return r;
        counter.add(view->length());
    }
    return writer.end();
}

void print_notices(context& on, const query_result& of) {
    for (const auto& n : of.notices()) {
        on.note(printable(n.severity) + ": " + printable(n.message) + "\n");
    }
}

void print_summary(context& on, const query_result& of, const row_counter& counter) {
    const std::string time = short_time(std::chrono::duration<double>(of.elapsed()).count());
    if (of.schema() == nullptr) {
        const auto count = of.rows_affected();
        on.note((count < 0 ? "done" : row_count(count) + " affected") + " in " + time + "\n");
        return;
    }
    on.note(row_count(counter.rows()) + " in " + time + "\n");
}

result<void> run(context& on, const request& what) {
    auto to = sink::open(what.file);
    if (!to) return std::move(to).error();
    const std::string format = !what.format.empty() ? what.format : on.json ? "json" : "table";
    auto writer = make_writer(format, *to, what.file.empty() ? colour::on_terminal : colour::never);
    if (!writer) return std::move(writer).error();
    auto asked = to_query(what, on.signals);
    if (!asked) return std::move(asked).error();
    auto found = on.datasource(what.name);
    if (!found) return std::move(found).error();
    auto rows = await<result_ptr>(on.signals, [&](auto done) {
        return (*found)->execute(std::move(*asked), std::move(done));
    });
    if (!rows) return std::move(rows).error();
    row_counter counter(on, what);
    // No result set, no output: a file would hold nothing that can be read back.
    if ((*rows)->schema() != nullptr) {
        auto written = write_rows(on, *rows, **writer, counter);
        if (written) written = to->commit();
        counter.clear();
        if (to->reader_gone()) return {};
        if (!written) return written;
    } else {
        // The end of the result carries the final count.
        auto end = await<unique_array>(
            on.signals,
            [&](completion<unique_array> done) { (*rows)->next(std::move(done)); },
            [&] { (*rows)->cancel(); }
        );
        if (!end) return std::move(end).error();
    }
    print_notices(on, **rows);
    print_summary(on, **rows, counter);
    return {};
}

}  // namespace

void add_query(CLI::App& app, command& chosen) {
    auto* sub = app.add_subcommand("query", "Run SQL and print its rows");
    auto what = std::make_shared<request>();
    sub->add_option("name", what->name, "The datasource")->required();
    sub->add_option("sql", what->sql, "The statement; - reads it from standard input")->required();
    sub->add_option(
           "--arg",
           what->args,
           "A value for $1, $2, …: null, true, false, 42 and 12.50 are values of these types, all "
           "else is text; text:42 is text too"
    )
        ->type_name("V")
        ->allow_extra_args(false);
    sub->add_option("--timeout", what->timeout, "Over the datasource's own")->type_name("90s|5m|…");
    sub->add_option("--format", what->format, "How rows are written; table unless set")
        ->type_name("table|json|csv|arrow");
    sub->add_option(
           "-o,--output",
           what->file,
           "Into this file, which appears once it is complete; a device or FIFO is written at once"
    )
        ->type_name("FILE");
    add_number(*sub, "--limit", what->limit, "At most so many rows")->type_name("N");
    sub->add_option("--option", what->options, "An option of the driver")
        ->type_name("K=V")
        ->allow_extra_args(false);
    sub->footer(
        "Examples:\n"
        "  qry-host query shop 'select * from orders where total > $1' --arg 12.50\n"
        "  qry-host query shop - --format csv -o orders.csv < orders.sql\n"
        "Ctrl-C cancels the query at its server."
    );
    sub->callback([&chosen, what] { chosen = [what](context& on) { return run(on, *what); }; });
}

}  // namespace qry::cli
