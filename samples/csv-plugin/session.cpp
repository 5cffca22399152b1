#include "session.hpp"

#include <sstream>

#include <qry/kit/arrow/binary_builder.hpp>
#include <qry/kit/arrow/fixed_builder.hpp>
#include <qry/kit/arrow/introspection.hpp>
#include <qry/test_reporter.hpp>

namespace sheets {

namespace arrow = qry::arrow;
using text = arrow::binary_builder;

namespace {

// The table of "select * from NAME", which is all that this database understands.
qry::result<std::string> table_of(std::string_view sql) {
    std::istringstream words{std::string(sql)};
    std::string select, star, from, name, more;
    words >> select >> star >> from >> name >> more;
    const bool known = select == "select" && star == "*" && from == "from" && more.empty();
    if (known && !name.empty() && name.find('/') == std::string::npos) return name;
    return qry::error{
        .kind = qry::status::query_error,
        .message = "whole tables are all that can be read",
        .hint = "Write: select * from NAME",
        .sqlstate = "42601"};
}

}  // namespace

qry::result<qry::result_head>
session::execute(const qry::execute_request& request, const qry::call&) {
    cancelled_ = false;
    auto name = table_of(request.sql);
    if (!name) return std::move(name).error();
    auto opened = sheet::open(file(*name));
    if (!opened) return std::move(opened).error();
    rows_ = std::move(*opened);
    std::vector<arrow::field> fields;
    for (const std::string& column : rows_->columns())
        fields.push_back({.name = column, .type = arrow::type_id::utf8});
    batch_.emplace(
        fields, memory_, arrow::batch_builder::bounds{request.batch_rows, request.batch_bytes}
    );
    return qry::result_head{.schema = arrow::export_schema(fields)};
}

qry::result<qry::unique_array> session::next(const qry::call&) {
    cancelled_ = false;
    for (bool room = true; rows_ && room; room = batch_->end_row()) {
        if (cancelled_) {
            return qry::error{.kind = qry::status::query_cancelled, .message = "it was cancelled"};
        }
        auto more = rows_->next(cells_);
        if (!more) return std::move(more).error();
        if (!*more) {
            rows_.reset();
            break;
        }
        for (std::size_t i = 0; i < cells_.size(); ++i)
            batch_->column<text>(i).append(cells_[i]);
    }
    if (!batch_ || batch_->rows() == 0) return qry::unique_array();
    return batch_->finish();
}

qry::result<qry::unique_schema>
session::introspect(const qry_introspect_request& request, const qry::call&) {
    const auto fields = arrow::introspection_fields(request.part);
    auto& rows = batch_.emplace(fields, memory_, arrow::batch_builder::bounds{});
    // There are no catalogs, no schemas and no keys.
    if (request.catalog != nullptr || request.schema != nullptr ||
        request.part == QRY_INTROSPECT_KEYS) {
        return arrow::export_schema(fields);
    }
    auto names = list(folder_);
    if (!names) return std::move(names).error();
    for (const std::string& name : *names) {
        auto opened = sheet::open(file(name));
        if (!opened) continue;
        if (request.part == QRY_INTROSPECT_TABLES) {
            rows.column<text>(2).append(name);
            rows.column<text>(3).append("table");
            for (const std::size_t none : {0, 1, 4, 5})
                rows.column(none).append_null();
            (void)rows.end_row();
            continue;
        }
        std::int32_t ordinal = 0;
        for (const std::string& column : opened->columns()) {
            rows.column<text>(2).append(name);
            rows.column<text>(3).append(column);
            rows.column<arrow::fixed_builder<std::int32_t>>(4).append(++ordinal);
            rows.column<text>(5).append("text");
            rows.column<text>(6).append("string");
            rows.column<arrow::bool_builder>(7).append(false);
            for (const std::size_t none : {0, 1, 8, 9})
                rows.column(none).append_null();
            (void)rows.end_row();
        }
    }
    return arrow::export_schema(fields);
}

qry::result<void> session::reset(const qry::call&) {
    rows_.reset();
    batch_.reset();
    return {};
}

qry::result<std::unique_ptr<qry::blocking_session>>
driver::connect(const qry::connect_request& request, const qry::call&) {
    std::filesystem::path folder(request.params.get("folder", ""));
    // A wrong folder should show now.
    if (auto names = list(folder); !names) return std::move(names).error();
    return std::unique_ptr<qry::blocking_session>(std::make_unique<session>(
        std::move(folder), arrow::memory{qry::host_services(), request.arena}
    ));
}

qry::result<void> driver::test(const qry::connect_request& request, const qry::call& call) {
    const qry::test_reporter out(call);
    const std::int64_t begun = qry::now_ns();
    auto names = list(request.params.get("folder", ""));
    if (!names) return out.failed("open", begun, std::move(names).error());
    out.passed("open", begun, std::to_string(names->size()) + " files");
    return {};
}

}  // namespace sheets
