// execute: prepare once per text, then Bind, Execute and Sync in one flight, with a pending reset
// in front.
#include <cstring>

#include "arguments.hpp"
#include "dialect.hpp"
#include "error.hpp"
#include "session.hpp"

namespace qry::postgresql {

namespace {

error cancelled_error() {
    return {
        .kind = status::query_cancelled, .message = "the query was cancelled", .sqlstate = "57014"};
}

constexpr std::int16_t text_format = 0;
constexpr std::int16_t binary_format = 1;

}  // namespace

task<result<result_head>> session::execute(execute_request request, call c) {
    const verb_scope scope(*this, c);
    auto head = co_await run_statement(request);
    auto settled = co_await settle();
    if (head && !settled) co_return std::move(settled).error();
    co_return std::move(head);
}

std::optional<error> session::outcome() const {
    if (own_failure_) return own_failure_;
    if (conversation_.failure()) return make_error(*conversation_.failure(), cancel_requested_);
    if (cancel_requested_ && rows_discarded_) return cancelled_error();
    if (unfit_) return unusable();
    return std::nullopt;
}

// The server forgot the statement, or what it reads has another shape now.
bool session::stale(const statement& s) const noexcept {
    if (s.name.empty() || !conversation_.failure() || conversation_.transaction() != 'I') {
        return false;
    }
    // The second is "cached plan must not change result type", in whatever language.
    const std::string& state = conversation_.failure()->sqlstate;
    return state == "26000" || state == "0A000";
}

task<result<result_head>> session::run_statement(const execute_request& request) {
    if (auto e = unusable()) co_return std::move(*e);
    if (result_open_) {
        co_return error{
            .message = "execute was called while a result is open", .hint = "Reset it first."};
    }
    if (request.sql.find('\0') != std::string_view::npos) {
        co_return error{
            .kind = status::query_error, .message = "the SQL text contains a NUL character"};
    }
    auto how = read_query_options(request.options, options_.decode, options_.speaks->driver());
    if (!how) co_return std::move(how).error();
    own_failure_.reset();
    rows_affected_ = -1;
    for (int attempt = 0;; ++attempt) {
        statement* s = statements_.find(request.sql);
        const bool known = s != nullptr;
        if (!known) {
            auto made = co_await prepare(request.sql);
            if (!made) co_return std::move(made).error();
            s = *made;
        }
        if (s->columns && !s->planned_for && !cancel_requested_) {
            auto learnt = co_await learn_types(*s->columns);
            if (!learnt) co_return std::move(learnt).error();
        }
        if (cancel_requested_) co_return cancelled_error();
        if (s->planned_for != *how) {
            s->plan = s->columns ? plan_columns(*options_.speaks, types_, *s->columns, *how)
                                 : std::vector<column_plan>();
            s->fields = fields_of(s->plan);
            s->planned_for = *how;
        }
        auto bound = write_bind(*s, request);
        if (!bound) co_return std::move(bound).error();
        auto sent = co_await flush();
        if (!sent) co_return std::move(sent).error();
        auto read = co_await drive(until::first_row);
        if (!read) co_return std::move(read).error();
        if (known && attempt == 0 && stale(*s)) {
            statements_.drop(s);
            continue;
        }
        co_return co_await finish_start(*s);
    }
}

// After the flight: a failure, a statement without rows, or the first of them.
task<result<result_head>> session::finish_start(const statement& s) {
    if (conversation_.idle()) {
        after_run();
        if (auto e = outcome()) {
            // A type that was dropped, altered or made again: learn it afresh next time.
            if (unfit_) statements_.clear();
            reader_.reset();
            sink_ = nullptr;
            co_return std::move(*e);
        }
    }
    result_head head;
    if (!s.columns) {
        reader_.reset();
        sink_ = nullptr;
        head.rows_affected = rows_affected_;
        rows_affected_ = -1;
        co_return std::move(head);
    }
    head.schema = arrow::export_schema(s.fields);
    result_open_ = true;
    first_batch_ = true;
    co_return std::move(head);
}

// Called once the run is over: what did it leave behind?
void session::after_run() noexcept {
    const auto& tag = conversation_.tag;
    const bool selected = tag && tag->name == "SELECT";
    // Rows that were shown are not rows that were changed.
    rows_affected_ = tag && !(reader_ && selected) ? tag->rows : -1;
    if (tag && (tag->name == "PREPARE" || tag->name.starts_with("DEALLOCATE") ||
                tag->name == "DISCARD ALL")) {
        user_prepared_ = true;
    }
    if (tag && options_.speaks->stains(tag->name)) stained_ = true;
    if (!harmless_ || !selected || conversation_.transaction() != 'I') dirty_ = true;
}

result<void> session::write_bind(statement& s, const execute_request& request) {
    const std::size_t start = out_.mark();
    const auto undo = [&](error e) -> result<void> {
        out_.rewind(start);
        return e;
    };
    out_.begin('B');
    out_.put_name("");
    out_.put_name(s.name);
    auto values = write_arguments(out_, s.parameters, request.args_schema, request.args);
    if (!values) return undo(std::move(values).error());
    out_.put16(static_cast<std::int16_t>(s.plan.size()));
    for (const column_plan& c : s.plan)
        out_.put16(c.value.binary ? binary_format : text_format);
    out_.end();
    if (out_.mark() - start > input_buffer::max_message) {
        return undo(error{
            .kind = status::resource_limit, .message = "the arguments are longer than 2 GiB"});
    }
    out_.execute();
    out_.sync();
    conversation_.forget();
    conversation_.expect(segment::run);
    harmless_ = s.harmless;
    discarding_ = false;
    rows_discarded_ = false;
    reader_.reset();
    sink_ = nullptr;
    if (s.columns) {
        const arrow::batch_builder::bounds limit{request.batch_rows, request.batch_bytes};
        reader_ = std::make_unique<row_reader>(
            s.plan, options_.memory, limit, link_.server_encoding == "SQL_ASCII"
        );
        sink_ = reader_.get();
    }
    return {};
}

task<result<statement*>> session::prepare(std::string_view sql) {
    statement s;
    s.sql = sql;
    s.name = statements_.next_name(sql);
    s.harmless = leaves_nothing(sql);
    for (const std::string& old : statements_.take_evicted())
        out_.close_statement(old);
    out_.parse(s.name, sql);
    out_.describe_statement(s.name);
    out_.sync();
    conversation_.forget();
    conversation_.expect(segment::prepare);
    discarding_ = false;
    auto sent = co_await flush();
    if (!sent) co_return std::move(sent).error();
    auto read = co_await drive(until::idle);
    if (!read) co_return std::move(read).error();
    if (auto e = outcome()) co_return std::move(*e);
    s.parameters = conversation_.parameters;
    s.columns = conversation_.columns;
    co_return statements_.add(std::move(s));
}

task<result<void>> session::learn_types(std::span<const column_description> columns) {
    const std::vector<oid> missing = types_.missing(columns);
    if (missing.empty()) co_return result<void>();
    if (!options_.speaks->describes_types()) {
        for (const oid id : missing)
            types_.add_unknown(id);
        co_return result<void>();
    }
    std::string list = "{";
    for (const oid id : missing) {
        if (list.size() > 1) list += ',';
        list += std::to_string(id);
    }
    list += '}';
    type_catalog found;
    cell_collector rows(
        type_catalog::lookup_columns,
        [](void* data, std::span<const cell> row) {
            return static_cast<type_catalog*>(data)->add(row);
        },
        &found
    );
    auto done = co_await run_internal(type_catalog::lookup_sql(), list, rows);
    if (!done) co_return std::move(done);
    types_.merge(std::move(found));
    for (const oid id : missing) {
        if (types_.find(id) == nullptr) types_.add_unknown(id);
    }
    co_return result<void>();
}

task<result<void>> session::run_internal(
    std::string_view sql, std::string parameter, row_sink& rows
) {
    constexpr std::string_view name = "_qry_internal";
    out_.parse(name, sql);
    out_.begin('B');
    out_.put_name("");
    out_.put_name(name);
    out_.put16(0);
    out_.put16(1);
    out_.put32(static_cast<std::int32_t>(parameter.size()));
    out_.put_text(parameter);
    out_.put16(0);
    out_.end();
    out_.execute();
    out_.close_statement(name);
    out_.sync();
    conversation_.forget();
    conversation_.expect(segment::run);
    discarding_ = false;
    rows_discarded_ = false;
    sink_ = &rows;
    auto sent = co_await flush();
    auto read = sent ? result<void>() : std::move(sent);
    if (read) read = co_await drive(until::idle);
    sink_ = nullptr;
    if (!read) co_return std::move(read);
    if (auto e = outcome()) co_return std::move(*e);
    co_return result<void>();
}

}  // namespace qry::postgresql
