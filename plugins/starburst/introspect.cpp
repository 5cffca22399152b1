// introspect: which catalogs, then a walk over them for each part. Trino has no keys.
#include <qry/kit/arrow/introspection.hpp>

#include "catalog_queries.hpp"
#include "error.hpp"
#include "session.hpp"

namespace qry::starburst {

task<result<unique_schema>> session::introspect(qry_introspect_request request, call c) {
    if (statement_ || walk_) {
        co_return error{
            .message = "introspect was called while a result is open", .hint = "Reset it first."};
    }
    if (request.part != QRY_INTROSPECT_TABLES && request.part != QRY_INTROSPECT_COLUMNS) {
        co_return error{
            .kind = status::unsupported,
            .message = request.part == QRY_INTROSPECT_KEYS
                           ? "Trino knows no keys"
                           : "introspection has no part number " + std::to_string(request.part)};
    }
    begin_verb();
    if (request.first != 0) catalogs_.clear();
    if (request.catalog != nullptr) {
        catalogs_ = {request.catalog};
    } else if (!options_.only_catalog.empty()) {
        catalogs_ = {options_.only_catalog};
    } else if (catalogs_.empty()) {
        auto found = co_await read_texts(link_, catalogs_query(), c.deadline_ns());
        if (!found) {
            end_verb();
            co_return outcome(std::move(found).error());
        }
        catalogs_ = std::move(*found);
    }
    catalog_walk::plan what{
        .part = request.part,
        .catalogs = catalogs_,
        .schema = std::nullopt,
        .limit = {request.batch_rows, request.batch_bytes}};
    if (request.schema != nullptr) what.schema = request.schema;
    walk_ = std::make_unique<catalog_walk>(link_, std::move(what), memory_);
    end_verb();
    co_return arrow::export_schema(arrow::introspection_fields(request.part));
}

}  // namespace qry::starburst
