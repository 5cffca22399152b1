#include "bench.hpp"

#include <algorithm>
#include <utility>

#include <qry/kit/arrow/array_view.hpp>

namespace qry::conformance {
namespace {

// What usually breaks a rule that is watched along the way.
const char* likely_cause(std::string_view rule) {
    static constexpr std::pair<std::string_view, const char*> known[] = {
        {"call.completes_once", "two paths of the verb end the call: one must win"},
        {"call.completes", "a path of the verb returns without calling complete()"},
        {"call.in_time", "the verb waits for something that does not come, or lost its wake-up"},
        {"call.thread", "complete() is called from a thread of the client library; use post()"},
        {"call.untouched_after_completion", "the call is used after complete() gave it back"},
        {"arena.known_buffer", "a buffer is freed twice, or one of malloc is given to the arena"},
        {"arena.size", "the size given differs from the one last allocated"},
        {"arena.overrun", "more was written into a buffer than it was allocated for"},
        {"loop.unwatch_before_close", "close(fd) comes before unwatch()"},
        {"loop.thread", "loop services but post() are for the loop's thread only"},
        {"host.secret_when", "secrets can be read during connect and test only"},
        {"error.message", "qry_error.message is NULL or empty"},
        {"next.at_least_one_row", "leave the array empty (release NULL) at the end instead"},
    };
    for (const auto& [name, cause] : known) {
        if (name == rule) return cause;
    }
    return "";
}

}  // namespace

void expect(bool holds, broken_rule otherwise) {
    if (!holds) throw otherwise;
}

const char* name_of(status s) noexcept {
    static constexpr const char* names[] = {
        "ok",
        "connection_failed",
        "authentication_failed",
        "tls_failed",
        "query_error",
        "query_timeout",
        "query_cancelled",
        "pool_timeout",
        "permission_denied",
        "invalid_parameter",
        "credential_error",
        "plugin_crashed",
        "plugin_error",
        "resource_limit",
        "unsupported",
        "not_found",
        "conflict",
        "closed",
        "forked_process",
    };
    const auto index = static_cast<std::size_t>(s);
    return index < std::size(names) ? names[index] : "an unknown status";
}

std::string describe(const error& e) {
    std::string out = std::string(name_of(e.kind)) + ": " + e.message;
    if (!e.sqlstate.empty()) out += " [" + e.sqlstate + "]";
    if (!e.hint.empty()) out += " (hint: " + e.hint + ")";
    return out;
}

std::string first_cell(const table& t) {
    if (t.batches.empty()) return "no row";
    const auto view = arrow::array_view::make(*t.schema, *t.batches.front());
    if (!view) return describe(view.error());
    if (view->child_count() == 0) return "no column";
    const arrow::array_view& column = view->child(0);
    return column.is_null(0) ? "null" : arrow::format_cell(column, 0);
}

const std::string& need(const std::string& text, const char* what) {
    if (text.empty()) {
        throw not_applicable{
            std::string("the --params file says no '") + what +
            "', and the dialect has none built in"};
    }
    return text;
}

bench::bench(
    std::string plugin_path, std::string params_file, std::function<void(const std::string&)> doing
)
    : path_(std::move(plugin_path)), params_file_(std::move(params_file)) {
    on_.book = std::make_shared<ledger>();
    on_.loop = std::make_shared<loop>(on_.book);
    on_.memory = std::make_shared<arena>(on_.book);
    on_.on_verb = std::move(doing);
}

const loaded_plugin& bench::plugin() {
    if (!plugin_) {
        auto loaded = loaded_plugin::load(path_);
        if (!loaded) {
            throw broken_rule{"load", describe(loaded.error()), "see qry/entry.h for what is read"};
        }
        plugin_ = std::make_unique<loaded_plugin>(std::move(*loaded));
    }
    return *plugin_;
}

const profile& bench::with() {
    if (!with_) {
        auto read = read_profile(params_file_, plugin().descriptor().dialect);
        if (!read) throw broken_rule{"read the --params file", describe(read.error()), ""};
        with_ = std::make_unique<profile>(std::move(*read));
    }
    return *with_;
}

call_options bench::usual() noexcept {
    return {.patience = std::chrono::seconds(10)};
}

datasource bench::changed(const std::map<std::string, std::string>& over) {
    datasource out = with().where;
    for (const auto& [name, value] : over)
        out.params[name] = value;
    return out;
}

void bench::fail_with(const error& e, const std::string& sent, const std::string& cause) {
    // The ledger knows better when a rule was broken on the way.
    settle();
    throw broken_rule{sent, describe(e), cause};
}

std::unique_ptr<session> bench::connect() {
    auto made = session::connect(plugin(), with().where, usual(), on_);
    must(made, "connect", "are the parameters of the --params file right for this database?");
    return std::move(*made);
}

table bench::query(session& s, std::string_view sql) {
    auto out = s.query(sql, usual());
    must(out, "execute: " + std::string(sql), "the statement should simply work");
    return std::move(*out);
}

void bench::must_be_usable(session& s, std::string_view after_what) {
    if (with().sql.one.sql.empty()) {
        const std::string unknown = "no query 'one' is known: sessions were not tried out";
        if (warnings_.empty() || warnings_.back() != unknown) warn(unknown);
        return;
    }
    const std::string sent = std::string(after_what) + ", then execute: " + with().sql.one.sql;
    const std::string cause =
        "something of " + std::string(after_what) + " is left over in the session";
    auto out = s.query(with().sql.one.sql, usual());
    must(out, sent, cause);
    const std::string got = first_cell(*out);
    expect(
        out->rows() == 1 && got == with().sql.one.value.value_or("null"),
        {sent, std::to_string(out->rows()) + " rows, the first is " + got, cause}
    );
}

void bench::settle() {
    const auto broken = book().violations();
    if (broken.empty()) return;
    const violation& first = broken.front();
    std::string got = "[" + first.rule + "] " + first.what;
    if (broken.size() > 1) {
        got += " (and " + std::to_string(broken.size() - 1) + " more broken rules)";
    }
    throw broken_rule{
        "the whole test",
        std::move(got),
        likely_cause(first.rule),
        first.rule == "call.in_time" ? ending::hung : ending::failed};
}

}  // namespace qry::conformance
