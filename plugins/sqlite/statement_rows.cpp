#include "statement_rows.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "by_value.hpp"
#include "cell.hpp"
#include "error.hpp"
#include "values.hpp"

namespace qry::sqlite {

namespace {

std::vector<column_plan> plan_columns(sqlite3_stmt* statement, typing how) {
    std::vector<column_plan> out;
    for (int i = 0; i < sqlite3_column_count(statement); ++i) {
        const char* name = sqlite3_column_name(statement, i);
        if (name == nullptr) throw std::bad_alloc();
        const char* declared = sqlite3_column_decltype(statement, i);
        column_plan plan = plan_column(name, declared != nullptr ? declared : "");
        if (how == typing::stored) {
            plan.how = reading::by_value;
            plan.type = arrow::type_id::null;
            plan.logical.clear();
        }
        out.push_back(std::move(plan));
    }
    return out;
}

std::vector<arrow::field> fields_of(const std::vector<column_plan>& plans) {
    std::vector<arrow::field> out;
    for (const column_plan& plan : plans)
        out.push_back(plan.as_field());
    return out;
}

}  // namespace

statement_rows::statement_rows(
    sqlite3* db,
    unique_statement statement,
    effect what,
    typing how,
    arrow::memory from,
    arrow::batch_builder::bounds limit
)
    : db_(db),
      statement_(std::move(statement)),
      what_(what),
      how_(how),
      plans_(plan_columns(statement_.get(), how)),
      batch_(fields_of(plans_), from, limit) {}

unique_schema statement_rows::schema() const {
    return arrow::export_schema(fields_of(plans_));
}

result<void> statement_rows::settle_types() {
    const auto open = [](const column_plan& p) { return p.how == reading::by_value; };
    settled_ = std::none_of(plans_.begin(), plans_.end(), open);
    if (settled_) return {};
    auto batch = build();
    if (!batch) return std::move(batch).error();
    first_ = std::move(*batch);
    settled_ = true;
    return {};
}

result<unique_array> statement_rows::next_batch() {
    if (first_) return std::move(first_);
    return build();
}

result<unique_array> statement_rows::build() {
    while (statement_) {
        const int code = sqlite3_step(statement_.get());
        if (code == SQLITE_DONE) {
            if (what_ == effect::counted) affected_ = sqlite3_changes64(db_);
            // Ends the read transaction now, not when the host comes back.
            statement_.reset();
            break;
        }
        if (code != SQLITE_ROW) return database_error(db_, code);
        if (auto ok = append_row(); !ok) return std::move(ok).error();
        if (!batch_.end_row()) break;
    }
    for (std::size_t i = 0; !settled_ && i < plans_.size(); ++i) {
        if (plans_[i].how == reading::by_value) decide(batch_, i, plans_[i]);
    }
    if (batch_.rows() == 0) return unique_array{};
    return batch_.finish();
}

result<void> statement_rows::append_row() {
    if (row_ == 0) {
        if (auto ok = check_still_same(); !ok) return ok;
    }
    ++row_;
    const deciding first = settled_ ? deciding::no : deciding::yes;
    for (std::size_t i = 0; i < plans_.size(); ++i) {
        const cell value(statement_.get(), static_cast<int>(i));
        auto ok = plans_[i].how == reading::by_value
                      ? append_by_value(batch_, i, plans_[i], value, row_, first)
                      : append_declared(batch_.column(i), plans_[i], value, row_);
        if (!ok) return ok;
    }
    return {};
}

// The first step compiles the statement anew when somebody altered a table in between; the schema
// that was handed out may then be another one.
result<void> statement_rows::check_still_same() {
    if (sqlite3_stmt_status(statement_.get(), SQLITE_STMTSTATUS_REPREPARE, 0) == 0) return {};
    const std::vector<column_plan> now = plan_columns(statement_.get(), how_);
    const auto same = [](const column_plan& a, const column_plan& b) {
        return a.name == b.name && a.declared == b.declared;
    };
    if (std::equal(now.begin(), now.end(), plans_.begin(), plans_.end(), same)) return {};
    return error{
        .kind = status::query_error,
        .message = "a table was altered while the statement began",
        .hint = "run the statement again",
        .from = origin::server,
        .vendor_code = SQLITE_SCHEMA,
        .retryable = true};
}

}  // namespace qry::sqlite
