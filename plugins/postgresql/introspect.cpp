// The catalog: one query a part, never one a table; BEGIN and COMMIT ride with the first and the
// last. With the digest in front and the look-up of types that are not built in: five round trips,
// whatever the size; one when the digest is known.
#include <map>

#include <qry/kit/arrow/binary_builder.hpp>

#include "catalog_digest.hpp"
#include "catalog_queries.hpp"
#include "dialect.hpp"
#include "error.hpp"
#include "session.hpp"

namespace qry::postgresql {

task<result<unique_schema>> session::introspect(qry_introspect_request request, call c) {
    const verb_scope scope(*this, c);
    if (auto e = unusable()) co_return std::move(*e);
    if (result_open_) {
        co_return error{
            .message = "introspect was called while a result is open", .hint = "Reset it first."};
    }
    own_failure_.reset();
    rows_affected_ = -1;
    if (request.first != 0) begin_catalog();
    if (request.part == QRY_INTROSPECT_COLUMNS && options_.speaks->describes_types()) {
        auto learnt = co_await learn_all_types();
        if (learnt) learnt = co_await settle();
        if (!learnt) co_return std::move(learnt).error();
        if (cancel_requested_) {
            co_return error{.kind = status::query_cancelled, .message = "the query was cancelled"};
        }
    }
    const std::string sql = options_.speaks->catalog_query(request);
    auto plan = options_.speaks->catalog_plan(request.part);
    if (sql.empty()) {
        co_return error{
            .kind = status::unsupported,
            .message = "introspection has no part number " + std::to_string(request.part)};
    }
    write_catalog_flight(request, sql, plan);
    auto sent = co_await flush();
    if (!sent) co_return std::move(sent).error();
    auto read = co_await drive(until::first_row);
    if (read) {
        auto settled = conversation_.idle() ? co_await settle() : result<void>();
        if (!settled) read = std::move(settled);
    }
    if (!read) co_return std::move(read).error();
    if (conversation_.idle()) {
        after_run();
        if (auto e = outcome()) {
            reader_.reset();
            sink_ = nullptr;
            co_return std::move(*e);
        }
    }
    const std::vector<arrow::field> fields = catalog_fields(plan);
    result_open_ = true;
    first_batch_ = true;
    co_return arrow::export_schema(fields);
}

void session::begin_catalog() {
    const std::string_view sql = options_.speaks->catalog_begin();
    if (sql.empty()) return;
    out_.query(sql);
    conversation_.expect(segment::quiet);
}

task<result<std::string>> session::schema_digest(call c) {
    const verb_scope scope(*this, c);
    if (auto e = unusable()) co_return std::move(*e);
    if (result_open_) {
        co_return error{
            .message = "the schema's digest was asked for while a result is open",
            .hint = "Reset it first."};
    }
    own_failure_.reset();
    std::string digest;
    cell_collector rows(
        1,
        [](void* data, std::span<const cell> row) {
            *static_cast<std::string*>(data) = row[0].text();
            return true;
        },
        &digest
    );
    begin_catalog();
    auto done = co_await run_internal(catalog_digest_query(), "", rows);
    dirty_ = true;
    if (auto settled = co_await settle(); done && !settled) done = std::move(settled);
    if (done) co_return std::move(digest);
    error why = std::move(done).error();
    const bool refused = why.kind == status::query_error || why.kind == status::permission_denied;
    if (why.from != origin::server || !refused) co_return std::move(why);
    // A server that speaks PostgreSQL's protocol and lacks one of its functions or catalogs.
    out_.query("ROLLBACK");
    conversation_.forget();
    conversation_.expect(segment::quiet);
    if (auto sent = co_await flush(); !sent) co_return std::move(sent).error();
    if (auto ended = co_await drive(until::idle); !ended) co_return std::move(ended).error();
    if (auto e = unusable()) co_return std::move(*e);
    why.kind = status::unsupported;
    co_return std::move(why);
}

// Parse to Sync in one go: the shape of our own query needs no describing.
void session::write_catalog_flight(
    const qry_introspect_request& request, const std::string& sql, const catalog_columns& plan
) {
    out_.parse("", sql);
    out_.begin('B');
    out_.put_name("");
    out_.put_name("");
    out_.put16(0);
    out_.put16(2);
    for (const char* filter : {request.schema, request.catalog}) {
        if (filter == nullptr) {
            out_.put32(-1);
            continue;
        }
        const std::string_view text = filter;
        out_.put32(static_cast<std::int32_t>(text.size()));
        out_.put_text(text);
    }
    out_.put16(static_cast<std::int16_t>(plan.size()));
    for (const catalog_column& c : plan)
        out_.put16(c.form == value_form::text_array ? 0 : 1);
    out_.end();
    out_.execute();
    out_.sync();
    conversation_.forget();
    conversation_.expect(segment::run);
    if (request.last != 0 && !options_.speaks->catalog_begin().empty()) {
        out_.query("COMMIT");
        conversation_.expect(segment::quiet);
    }
    harmless_ = true;
    discarding_ = false;
    rows_discarded_ = false;
    const arrow::batch_builder::bounds limit{request.batch_rows, request.batch_bytes};
    reader_ = make_catalog_reader(plan, types_, options_, limit, link_.server_encoding);
    sink_ = reader_.get();
}

// The types of all columns of the database that are not built in, and what they are made of.
task<result<void>> session::learn_all_types() {
    type_catalog found;
    cell_collector rows(
        type_catalog::lookup_columns,
        [](void* data, std::span<const cell> row) {
            return static_cast<type_catalog*>(data)->add(row);
        },
        &found
    );
    auto done = co_await run_internal(type_catalog::lookup_all_sql(), "{}", rows);
    if (!done) co_return std::move(done);
    types_.merge(std::move(found));
    co_return result<void>();
}

}  // namespace qry::postgresql
