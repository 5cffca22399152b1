// execute: the statement is sent, and followed until the shape of its result is known.
#include <qry/clock.hpp>

#include "arguments.hpp"
#include "error.hpp"
#include "session.hpp"
#include "types.hpp"

namespace qry::starburst {

void session::begin_verb() noexcept {
    in_verb_ = true;
    cancel_requested_ = false;
}

void session::end_verb() noexcept {
    in_verb_ = false;
    loop_.services->timer_cancel(std::exchange(impatience_, nullptr));
}

// A request that starts a query is not broken off: the server might run a query whose name nobody
// knows. It has some time to answer.
void session::cancel() noexcept {
    if (!in_verb_ || cancel_requested_) return;
    cancel_requested_ = true;
    // The query's end is on its way to the server: to interrupt that would let the query run on.
    if (stopping_) return;
    if (walk_) walk_->interrupt();
    const bool nameless = walk_ ? walk_->nameless() : statement_ && statement_->nameless();
    if (!nameless) return client_->interrupt();
    impatience_ = loop_.services->timer(
        loop_.loop,
        now_ns() + statement::naming_time,
        [](void* self) {
            auto& s = *static_cast<session*>(self);
            s.impatience_ = nullptr;
            s.client_->interrupt();
        },
        this
    );
    if (impatience_ == nullptr) client_->interrupt();
}

error session::outcome(error e) const {
    if (!cancel_requested_ || e.kind == status::query_error) return e;
    return {
        .kind = status::query_cancelled, .message = "the query was cancelled", .sqlstate = "57014"};
}

task<result<result_head>> session::execute(execute_request request, call c) {
    begin_verb();
    auto head = co_await run(request, c);
    if (!head) {
        co_await end_result();
        head = outcome(std::move(head).error());
    }
    end_verb();
    co_return std::move(head);
}

task<result<result_head>> session::run(const execute_request& request, const call& c) {
    if (statement_ || walk_) {
        co_return error{
            .message = "execute was called while a result is open", .hint = "Reset it first."};
    }
    for (const qry_param& option : request.options) {
        co_return error{
            .kind = status::invalid_parameter,
            .message =
                "the starburst driver has no query option \"" + std::string(option.name) + "\"",
            .hint = "Leave it out; session properties are set by SET SESSION.",
            .parameter = option.name};
    }
    auto sql = bind_arguments(request.sql, request.args_schema, request.args);
    if (!sql) co_return std::move(sql).error();
    rows_affected_ = -1;
    stats_ = {};
    statement_ = std::make_unique<statement>(link_, c.query_id());
    auto begun = co_await statement_->begin(*sql, c.deadline_ns());
    if (!begun) co_return std::move(begun).error();
    while (!cancel_requested_) {
        const page& p = statement_->now();
        stats_ = p.stats;
        if (p.failure) co_return *p.failure;
        // The rows of a statement that is not a query say only that it was carried out.
        const bool query = p.update_type.empty();
        if (query && !p.columns.empty()) co_return co_await open_rows(request);
        if (statement_->ended()) break;
        auto followed = co_await statement_->follow(c.deadline_ns());
        if (!followed) co_return std::move(followed).error();
    }
    if (cancel_requested_ && !statement_->ended()) {
        co_return error{.kind = status::query_cancelled, .message = "the query was cancelled"};
    }
    result_head head;
    head.rows_affected = statement_->now().update_count.value_or(-1);
    report_warnings(c);
    statement_.reset();
    co_return std::move(head);
}

void session::report_warnings(const call& c) const {
    for (const query_warning& w : statement_->now().warnings)
        c.report(notice{"WARNING", "", w.name + ": " + w.message});
}

task<result<result_head>> session::open_rows(const execute_request& request) {
    std::vector<arrow::field> fields;
    std::vector<json::column> cells;
    for (const column_head& column : statement_->now().columns) {
        auto plan = plan_column(column.name, column.type, zones_);
        if (!plan) co_return std::move(plan).error();
        fields.push_back(std::move(plan->field));
        cells.push_back(std::move(plan->cells));
    }
    const arrow::batch_builder::bounds limit{request.batch_rows, request.batch_bytes};
    batch_ = std::make_unique<arrow::batch_builder>(fields, memory_, limit);
    reader_ = std::make_unique<json::row_reader>(
        std::move(cells), json::row_shape::array, json::row_shape::array
    );
    pieces_ = std::make_unique<row_pieces>(link_, *statement_);
    in_piece_ = false;
    result_head head;
    head.schema = arrow::export_schema(fields);
    co_return std::move(head);
}

}  // namespace qry::starburst
