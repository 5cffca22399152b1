// What results look like: their shape, their limits, their memory.
#include <algorithm>
#include <cstring>
#include <thread>

#include <qry/kit/arrow/array_view.hpp>
#include <qry/kit/arrow/validate.hpp>

#include "test_case.hpp"

namespace qry::conformance {
namespace {

constexpr std::int64_t many_rows = 100'000;

void valid(const table& t, const std::string& sent) {
    const auto schema = arrow::validate_schema(*t.schema);
    expect(schema.has_value(), {sent, schema ? "" : describe(schema.error()), "see qry/arrow.h"});
    expect(
        std::strcmp(t.schema->format, "+s") == 0,
        {sent, "a schema of format '" + std::string(t.schema->format) + "'", "a result is a struct"}
    );
    for (const unique_array& batch : t.batches) {
        const auto ok = arrow::validate(*t.schema, *batch);
        expect(
            ok.has_value(),
            {sent, ok ? "" : describe(ok.error()), "schema and arrays of a result must agree"}
        );
        expect(batch->null_count == 0, {sent, "a row that is null as a whole", "null_count is 0"});
    }
}

void shape(bench& b) {
    const auto s = b.connect();
    const std::string& one = need(b.with().sql.one.sql, "one");
    valid(b.query(*s, one), "execute: " + one);
    for (const typed_query& each : b.with().sql.types) {
        auto t = s->query(each.sql, bench::usual());
        if (t) valid(*t, "execute: " + each.sql);
    }
    if (!b.with().sql.many.empty()) {
        valid(b.query(*s, b.with().sql.many), "execute: " + b.with().sql.many);
    }
}

// Bytes that the rows of an array take, not what is allocated for them.
std::int64_t bytes_of(const arrow::array_view& column) {
    using arrow::type_id;
    const std::int64_t rows = column.length();
    std::int64_t bits = rows * column.type().row_bits();
    const auto id = column.type().id();
    if (id == type_id::utf8 || id == type_id::binary || id == type_id::large_utf8 ||
        id == type_id::large_binary) {
        std::int64_t text = 0;
        for (std::int64_t i = 0; i < rows; ++i) {
            if (!column.is_null(i)) text += static_cast<std::int64_t>(column.bytes(i).size());
        }
        bits += text * 8;
    }
    std::int64_t bytes = bits / 8;
    for (std::size_t i = 0; i < column.child_count(); ++i)
        bytes += bytes_of(column.child(i));
    return bytes;
}

// The last row may go beyond the bound. What counts as a byte is not written down (bitmaps,
// padding), so a hundredth more is worth a look and no failure.
void within_bytes(
    bench& b, const std::string& sent, std::int64_t rows, std::int64_t bytes, std::int64_t most
) {
    const std::int64_t one_row = bytes / std::max<std::int64_t>(1, rows);
    if (rows <= 1 || bytes <= most + one_row) return;
    const std::string got = "a batch of " + std::to_string(bytes) + " bytes";
    expect(bytes <= most + most / 100 + one_row, {sent, got, "end it earlier"});
    const std::string slightly = "batches go beyond batch_bytes by less than a hundredth";
    if (b.warnings().empty()) b.warn(slightly + ": " + got + " for " + std::to_string(most));
}

// How many rows came, each batch within the limits.
std::int64_t drained_within(bench& b, session& s, std::int64_t max_rows, std::int64_t max_bytes) {
    statement what;
    what.sql = b.with().sql.many;
    what.batch_rows = max_rows;
    what.batch_bytes = max_bytes;
    const std::string sent = "execute: " + what.sql +
                             " with batch_rows = " + std::to_string(max_rows) +
                             ", batch_bytes = " + std::to_string(max_bytes);
    auto head = s.execute(std::move(what), bench::usual());
    b.must(head, sent, "");
    std::int64_t rows = 0;
    while (true) {
        auto batch = s.next(bench::usual());
        b.must(batch, sent + ", next", "");
        if (!*batch) return rows;
        const auto view = arrow::array_view::make(*head->schema, **batch);
        b.must(view, sent + ", read the batch", "");
        const std::int64_t bytes = bytes_of(*view);
        rows += view->length();
        expect(
            view->length() <= max_rows,
            {sent, "a batch of " + std::to_string(view->length()) + " rows", "end it earlier"}
        );
        within_bytes(b, sent, view->length(), bytes, max_bytes);
    }
}

void batch_limits(bench& b) {
    need(b.with().sql.many, "many");
    const auto s = b.connect();
    const auto all = drained_within(b, *s, QRY_BATCH_MAX_ROWS, QRY_BATCH_MAX_BYTES);
    expect(
        all >= many_rows,
        {"execute: " + b.with().sql.many,
         std::to_string(all) + " rows, at least " + std::to_string(many_rows) + " were expected",
         "rows are lost, or the query of the --params file gives fewer"}
    );
    for (const auto& [rows, bytes] :
         {std::pair<std::int64_t, std::int64_t>{1000, 1 << 20}, {QRY_BATCH_MAX_ROWS, 64 * 1024}}) {
        const auto again = drained_within(b, *s, rows, bytes);
        expect(
            again == all,
            {"the same query in smaller batches",
             std::to_string(again) + " rows instead of " + std::to_string(all),
             "rows get lost, or come twice, where a batch ends"}
        );
    }
}

void outlives_session(bench& b) {
    const std::string& sql = need(b.with().sql.many, "many");
    table t;
    {
        const auto s = b.connect();
        t = b.query(*s, sql);
    }
    const std::string sent = "read a batch after its session was closed";
    valid(t, sent);
    // release may be called from any thread.
    std::thread([&t] { t.batches.clear(); }).join();
    t.schema.reset();
    expect(
        b.memory()->live_buffers() == 0,
        {"execute, next to the end, close, release all batches",
         std::to_string(b.memory()->live_buffers()) + " buffers are still allocated",
         "release must free every buffer of the batch and of its children"}
    );
}

// Fails each allocation in turn until one run needs none of those left.
void memory_spent(bench& b) {
    const std::string& sql = need(b.with().sql.many, "many");
    const auto s = b.connect();
    bool failed_once = false;
    for (std::int64_t n = 0; n < 24; ++n) {
        b.memory()->fail_after(n);
        auto out = s->query(sql, bench::usual());
        b.memory()->never_fail();
        if (out) break;
        failed_once = true;
        const std::string sent =
            "execute: " + sql + "; buffer_alloc gives NULL after " + std::to_string(n) + " times";
        expect(
            out.error().kind == status::resource_limit,
            {sent, describe(out.error()), "end the call with QRY_RESOURCE_LIMIT"}
        );
        b.must(s->reset(bench::usual()), sent + ", reset", "");
        b.must_be_usable(*s, "running out of batch memory");
        expect(
            b.memory()->live_buffers() == 0,
            {sent,
             std::to_string(b.memory()->live_buffers()) + " buffers are still allocated",
             "what was built so far must be freed"}
        );
    }
    if (!failed_once) b.warn("batches are not built in the arena: a host has to copy them");
}

constexpr test_case tests[] = {
    {"result.shape", "Schema and batches are valid Arrow, and a result is a struct.", shape},
    {"result.batch_limits",
     "Batches stay within rows and bytes; all rows come, whatever the limits.",
     batch_limits,
     0,
     std::chrono::seconds(60)},
    {"result.outlives_session",
     "Batches stay readable and are freed by release.",
     outlives_session},
    {"result.memory_spent",
     "When batch memory is spent, the call says so and nothing is lost.",
     memory_spent,
     0,
     std::chrono::seconds(60)},
};

}  // namespace

std::span<const test_case> result_tests() {
    return tests;
}

}  // namespace qry::conformance
