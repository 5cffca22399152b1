#include "session.hpp"

#include <algorithm>
#include <utility>

#include <qry/clock.hpp>
#include <qry/kit/arrow/binary_builder.hpp>
#include <qry/kit/arrow/fixed_builder.hpp>
#include <qry/kit/arrow/introspection.hpp>
#include <qry/kit/sql/tokenizer.hpp>
#include <qry/pending_connect.hpp>
#include <qry/test_reporter.hpp>

namespace rest {

namespace arrow = qry::arrow;
namespace sql = qry::sql;

namespace {

// The table of "select * from NAME", which is all that this service can answer.
qry::result<std::string> table_of(std::string_view text) {
    std::vector<std::string> words;
    sql::tokenizer tokens(text, sql::dialect::ansi);
    while (const auto t = tokens.next()) {
        if (t->kind == sql::token_kind::space || t->kind == sql::token_kind::comment) continue;
        words.emplace_back(t->text);
    }
    if (!words.empty() && words.back() == ";") words.pop_back();
    auto is = [&](std::size_t at, std::string_view expected) {
        return std::equal(
            words[at].begin(),
            words[at].end(),
            expected.begin(),
            expected.end(),
            [](char a, char b) { return (a | 0x20) == (b | 0x20); }
        );
    };
    if (words.size() == 4 && is(0, "select") && words[1] == "*" && is(2, "from")) return words[3];
    return qry::error{
        .kind = qry::status::query_error,
        .message = "the service reads whole tables only",
        .hint = "Write: select * from NAME",
        .sqlstate = "42601"};
}

// Rows of introspection are few: all of them fit one batch.
void append_tables(const std::vector<table>& tables, arrow::batch_builder& to) {
    for (const table& t : tables) {
        to.column(0).append_null();
        to.column(1).append_null();
        to.column<arrow::binary_builder>(2).append(t.name);
        to.column<arrow::binary_builder>(3).append("table");
        to.column<arrow::binary_builder>(4).append(t.comment);
        to.column(5).append_null();
        (void)to.end_row();
    }
}

void append_columns(const std::vector<table>& tables, arrow::batch_builder& to) {
    for (const table& t : tables) {
        std::int32_t ordinal = 0;
        for (const arrow::field& f : t.fields) {
            to.column(0).append_null();
            to.column(1).append_null();
            to.column<arrow::binary_builder>(2).append(t.name);
            to.column<arrow::binary_builder>(3).append(f.name);
            to.column<arrow::fixed_builder<std::int32_t>>(4).append(++ordinal);
            to.column<arrow::binary_builder>(5).append(f.metadata.front().second);
            to.column<arrow::binary_builder>(6).append(f.type.name());
            to.column<arrow::bool_builder>(7).append(true);
            to.column(8).append_null();
            to.column(9).append_null();
            (void)to.end_row();
        }
    }
}

}  // namespace

session::session(std::unique_ptr<service> from, arrow::memory memory)
    : service_(std::move(from)), memory_(memory) {}

qry::task<qry::result<qry::result_head>> session::execute(
    qry::execute_request request, qry::call c
) {
    auto name = table_of(request.sql);
    if (!name) co_return std::move(name).error();
    auto tables = co_await service_->tables(c.deadline_ns());
    if (!tables) co_return std::move(tables).error();
    const auto found = std::find_if(tables->begin(), tables->end(), [&](const table& t) {
        return t.name == *name;
    });
    if (found == tables->end()) {
        co_return qry::error{
            .kind = qry::status::query_error,
            .message = "there is no table \"" + *name + "\"",
            .hint = "The service has " + std::to_string(tables->size()) + " tables.",
            .sqlstate = "42P01"};
    }
    open_.emplace(open_result{
        arrow::batch_builder(found->fields, memory_, {request.batch_rows, request.batch_bytes}),
        std::make_unique<qry::json::row_reader>(
            std::move(found->cells), qry::json::row_shape::array, qry::json::row_shape::object
        ),
        {},
        false,
        "/tables/" + *name + "/rows"});
    qry::result_head head;
    head.schema = arrow::export_schema(found->fields);
    co_return std::move(head);
}

qry::task<qry::result<qry::unique_array>> session::next(qry::call c) {
    if (!open_) co_return qry::error{.message = "next was called without an open result"};
    open_result& r = *open_;
    while (!r.batch.full()) {
        if (r.in_page) {
            auto more = r.reader->take(r.batch);
            if (!more) co_return std::move(more).error();
            r.in_page = *more;
            continue;
        }
        if (r.path.empty()) break;
        auto read = co_await service_->rows(std::exchange(r.path, {}), c.deadline_ns());
        if (!read) co_return std::move(read).error();
        r.now = std::move(*read);
        r.path = r.now.next;
        auto begun = r.reader->begin(r.now.rows);
        if (!begun) co_return std::move(begun).error();
        r.in_page = true;
    }
    if (r.batch.rows() > 0) co_return r.batch.finish();
    open_.reset();
    co_return qry::unique_array();
}

qry::task<qry::result<qry::unique_schema>> session::introspect(
    qry_introspect_request request, qry::call c
) {
    const auto fields = arrow::introspection_fields(request.part);
    open_.emplace(open_result{arrow::batch_builder(fields, memory_, {}), {}, {}, false, {}});
    // It has no catalogs, no schemas and no keys.
    if (request.catalog == nullptr && request.schema == nullptr &&
        request.part != QRY_INTROSPECT_KEYS) {
        auto tables = co_await service_->tables(c.deadline_ns());
        if (!tables) co_return std::move(tables).error();
        const bool of_tables = request.part == QRY_INTROSPECT_TABLES;
        (of_tables ? append_tables : append_columns)(*tables, open_->batch);
    }
    co_return arrow::export_schema(fields);
}

qry::task<qry::result<void>> session::reset(qry::call) {
    open_.reset();
    co_return qry::result<void>();
}

qry::task<void> session::close(qry::call) {
    co_return;
}

void driver::cancel_connect(qry_call* call) noexcept {
    qry::pending_connect<service>::interrupt(call);
}

qry::task<qry::result<std::unique_ptr<qry::async_session>>> driver::connect(
    qry::connect_request request, qry::call c
) {
    auto from = service::make(request, c);
    if (!from) co_return std::move(from).error();
    const qry::pending_connect entry(c.raw(), **from);
    // Nothing stays connected; but a wrong address or token should show now.
    auto tables = co_await (*from)->tables(c.deadline_ns());
    if (!tables) co_return std::move(tables).error();
    co_return std::unique_ptr<qry::async_session>(std::make_unique<session>(
        std::move(*from), arrow::memory{qry::host_services(), request.arena}
    ));
}

qry::task<qry::result<void>> driver::test(qry::connect_request request, qry::call c) {
    auto from = service::make(request, c);
    if (!from) co_return std::move(from).error();
    const qry::pending_connect entry(c.raw(), **from);
    const qry::test_reporter out(c);
    const std::int64_t begun = qry::now_ns();
    auto tables = co_await (*from)->tables(c.deadline_ns());
    if (!tables) {
        const bool login = tables.error().kind == qry::status::authentication_failed;
        co_return out.failed(login ? "authenticate" : "tcp", begun, std::move(tables).error());
    }
    out.passed("authenticate", begun, std::to_string(tables->size()) + " tables can be read");
    co_return qry::result<void>();
}

}  // namespace rest
