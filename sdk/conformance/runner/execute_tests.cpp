// Statements: one row, errors, types, arguments, reset.
#include <qry/kit/arrow/array_view.hpp>
#include <qry/kit/arrow/batch_builder.hpp>
#include <qry/kit/arrow/binary_builder.hpp>
#include <qry/kit/arrow/fixed_builder.hpp>

#include "test_case.hpp"

namespace qry::conformance {
namespace {

void one_row(bench& b) {
    const std::string& sql = need(b.with().sql.one.sql, "one");
    const auto s = b.connect();
    const table t = b.query(*s, sql);
    const std::string sent = "execute: " + sql;
    expect(
        t.rows() == 1, {sent, std::to_string(t.rows()) + " rows", "one row, then an empty array"}
    );
    const std::string got = first_cell(t);
    expect(got == b.with().sql.one.value.value_or("null"), {sent, "the value " + got, ""});
    b.must_be_usable(*s, "a result read to its end");
}

void failure(bench& b) {
    const std::string& sql = need(b.with().sql.error, "error");
    const auto s = b.connect();
    const auto out = s->query(sql, bench::usual());
    const std::string sent = "execute: " + sql;
    expect(!out, {sent, "a success", "the error of the server is lost"});
    expect(!out.error().message.empty(), {sent, "an error without a message", "pass the text on"});
    expect(
        out.error().kind == status::query_error,
        {sent, describe(out.error()), "a refused statement is QRY_QUERY_ERROR"}
    );
    b.must_be_usable(*s, "a failed statement");
    b.must(s->reset(bench::usual()), "reset after a failed statement", "");
    b.must_be_usable(*s, "reset after a failed statement");
}

void empty_text(bench& b) {
    const auto s = b.connect();
    const auto out = s->query(std::string_view(), bench::usual());
    if (!out) expect(!out.error().message.empty(), {"execute of an empty text", "no message", ""});
    b.must_be_usable(*s, "an empty statement");
}

void no_result(bench& b) {
    const std::string& sql = need(b.with().sql.no_result, "no_result");
    const auto s = b.connect();
    auto out = s->execute(sql, bench::usual());
    b.must(out, "execute: " + sql, "");
    expect(
        !out->schema, {"execute: " + sql, "a schema", "leave head.schema empty: there are no rows"}
    );
    b.must_be_usable(*s, "a statement without a result set");
}

std::string cell_of(const table& t, std::string& type) {
    const auto view = arrow::array_view::make(*t.schema, *t.batches.front());
    if (!view) return describe(view.error());
    const arrow::array_view& column = view->child(0);
    type = column.type().name();
    return column.is_null(0) ? "null" : arrow::format_cell(column, 0);
}

void types(bench& b) {
    if (b.with().sql.types.empty()) need("", "types");
    const auto s = b.connect();
    std::string wrong;
    for (const typed_query& each : b.with().sql.types) {
        auto t = s->query(each.sql, bench::usual());
        std::string type;
        const std::string got = !t                   ? describe(t.error())
                                : t->batches.empty() ? "no row"
                                                     : cell_of(*t, type);
        const std::string expected = each.value.value_or("null");
        const bool right = got == expected && (each.arrow.empty() || each.arrow == type);
        if (right) continue;
        wrong += "\n" + each.sql + " gave " + got + " (" + type + "), expected " + expected + " (" +
                 (each.arrow.empty() ? "any type" : each.arrow) + ")";
    }
    expect(
        wrong.empty(),
        {"each query of the types table", wrong, "the driver's type table and its code differ"}
    );
}

arrow::data_type type_named(const std::string& name) {
    if (name == "int64") return arrow::type_id::int64;
    if (name == "double") return arrow::type_id::float64;
    if (name == "bool") return arrow::type_id::boolean;
    if (name == "string") return arrow::type_id::utf8;
    throw not_applicable{"the --params file asks for an argument of unknown type '" + name + "'"};
}

statement bound(const echo_query& what) {
    const arrow::field one[] = {{"1", type_named(what.type)}};
    arrow::batch_builder row(one, arrow::memory{}, {1, QRY_BATCH_MAX_BYTES});
    if (!what.value) {
        row.column(0).append_null();
    } else if (what.type == "int64") {
        row.column<arrow::fixed_builder<std::int64_t>>(0).append(std::stoll(*what.value));
    } else if (what.type == "double") {
        row.column<arrow::fixed_builder<double>>(0).append(std::stod(*what.value));
    } else if (what.type == "bool") {
        row.column<arrow::bool_builder>(0).append(*what.value == "true");
    } else {
        row.column<arrow::binary_builder>(0).append(*what.value);
    }
    row.end_rows(1);
    statement out;
    out.sql = what.sql;
    out.args_schema = arrow::export_schema(one);
    out.args = row.finish();
    return out;
}

void arguments(bench& b) {
    if (b.with().sql.echo.empty()) need("", "echo");
    const auto s = b.connect();
    for (const echo_query& each : b.with().sql.echo) {
        const std::string expected = each.value.value_or("null");
        const std::string sent =
            "execute: " + each.sql + " with $1 = " + expected + " (" + each.type + ")";
        auto t = s->query(bound(each), bench::usual());
        b.must(t, sent, "bind $1, whatever its type");
        const std::string got = first_cell(*t);
        expect(got == expected, {sent, got, "the argument is changed, or pasted into the text"});
    }
    b.must_be_usable(*s, "bound arguments");
}

void reset_idle(bench& b) {
    const auto s = b.connect();
    b.must(s->reset(bench::usual()), "reset of a new session", "there is nothing to do");
    b.must_be_usable(*s, "reset");
    b.must(s->reset(bench::usual()), "reset after a result", "");
    b.must(s->reset(bench::usual()), "reset after reset", "");
    b.must_be_usable(*s, "three resets");
}

void reset_half_read(bench& b) {
    const std::string& many = need(b.with().sql.many, "many");
    const auto s = b.connect();
    statement small;
    small.sql = many;
    small.batch_rows = 100;
    b.must(s->execute(std::move(small), bench::usual()), "execute: " + many, "");
    b.must(s->next(bench::usual()), "next of the first batch", "");
    b.must(
        s->reset(bench::usual()),
        "execute: " + many + ", next once, reset",
        "reset must end the open result, at the server too"
    );
    b.must_be_usable(*s, "reset of a half-read result");
}

void close_half_read(bench& b) {
    const std::string& many = need(b.with().sql.many, "many");
    {
        const auto s = b.connect();
        b.must(s->execute(many, bench::usual()), "execute: " + many, "");
        b.must(s->next(bench::usual()), "next of the first batch", "");
        b.must(s->close(bench::usual()), "close of a half-read result", "close always succeeds");
    }
    expect(
        b.memory()->live_buffers() == 0,
        {"execute, next once, close",
         std::to_string(b.memory()->live_buffers()) + " buffers are still allocated",
         "free what was built for the batch after the one read"}
    );
}

void side_by_side(bench& b) {
    const std::string& many = need(b.with().sql.many, "many");
    const auto first = b.connect();
    const auto second = b.connect();
    b.must(first->execute(many, bench::usual()), "execute: " + many, "");
    b.must(first->next(bench::usual()), "next", "");
    b.must_be_usable(*second, "an open result of another session");
    auto rest = first->drain(bench::usual());
    b.must(rest, "next until the end, while another session worked", "sessions share state");
    b.must_be_usable(*first, "a result read beside another session");
}

constexpr test_case tests[] = {
    {"execute.one_row", "A query of one row gives that row, then the end.", one_row},
    {"execute.error", "A refused statement says why and leaves the session usable.", failure},
    {"execute.empty_text", "An empty statement is an error or has no result.", empty_text},
    {"execute.no_result_set",
     "A statement without a result set leaves the schema empty.",
     no_result},
    {"types.table", "Each type comes as the declared Arrow type, value and null exact.", types},
    {"execute.arguments", "$1 is bound: it comes back as it was given.", arguments, QRY_CAN_BIND},
    {"session.reset.idle", "reset of an idle session succeeds and changes nothing.", reset_idle},
    {"session.reset.half_read", "reset ends a half-read result.", reset_half_read},
    {"session.close.half_read", "close ends a half-read result.", close_half_read},
    {"session.side_by_side", "Two sessions do not disturb each other.", side_by_side},
};

}  // namespace

std::span<const test_case> execute_tests() {
    return tests;
}

}  // namespace qry::conformance
