#include "introspect.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <qry/kit/arrow/batch_builder.hpp>
#include <qry/kit/arrow/binary_builder.hpp>
#include <qry/kit/arrow/fixed_builder.hpp>
#include <qry/kit/arrow/introspection.hpp>
#include <qry/kit/arrow/nested_builder.hpp>

#include "catalog_queries.hpp"
#include "cell.hpp"
#include "error.hpp"
#include "types.hpp"

namespace qry::sqlite {

namespace {

using arrow::binary_builder;
using arrow::data_type;
using arrow::field;
using arrow::fixed_builder;
using arrow::type_id;

constexpr std::string_view only_schema = "main";

// The catalog of one part, row by row out of its query.
class catalog_rows : public row_source {
public:
    catalog_rows(
        sqlite3* db,
        unique_statement query,
        std::vector<field> fields,
        arrow::memory from,
        arrow::batch_builder::bounds limit
    )
        : batch_(fields, from, limit), db_(db), query_(std::move(query)) {}

    result<unique_array> next_batch() final {
        while (query_) {
            const int code = sqlite3_step(query_.get());
            if (code == SQLITE_ROW) {
                if (!take_row()) break;
                continue;
            }
            if (code != SQLITE_DONE) return database_error(db_, code);
            query_.reset();
            finish_rows();
        }
        if (batch_.rows() == 0) return unique_array{};
        return batch_.finish();
    }

protected:
    // Takes the row that the query stands on; false when the batch is full.
    virtual bool take_row() = 0;
    virtual void finish_rows() {}

    [[nodiscard]] cell value(int column) const { return {query_.get(), column}; }
    [[nodiscard]] std::string text(int column) const {
        const cell c = value(column);
        return c.storage() == SQLITE_NULL ? std::string() : c.number_text();
    }
    void put(std::size_t column, std::string_view v) {
        batch_.column<binary_builder>(column).append(v);
    }
    void put_null(std::size_t column) { batch_.column(column).append_null(); }
    void put_or_null(std::size_t column, int from) {
        if (value(from).storage() == SQLITE_NULL) {
            put_null(column);
        } else {
            put(column, text(from));
        }
    }

    arrow::batch_builder batch_;

private:
    sqlite3* db_;
    unique_statement query_;
};

class table_rows final : public catalog_rows {
    using catalog_rows::catalog_rows;
    bool take_row() override {
        put_null(0);
        put(1, only_schema);
        put(2, text(0));
        put(3, text(1));
        put_null(4);
        if (value(2).storage() == SQLITE_INTEGER) {
            batch_.column<fixed_builder<std::int64_t>>(5).append(value(2).integer());
        } else {
            put_null(5);
        }
        return batch_.end_row();
    }
};

// What execute() would make of the column; what its values decide may as well become text.
std::string arrow_type_of(const std::string& name, const std::string& declared) {
    const column_plan plan = plan_column(name, declared);
    return data_type(plan.how == reading::by_value ? data_type(type_id::utf8) : plan.type).name();
}

class column_rows final : public catalog_rows {
    using catalog_rows::catalog_rows;
    bool take_row() override {
        std::string table = text(0);
        ordinal_ = table == table_ ? ordinal_ + 1 : 1;
        table_ = std::move(table);
        const std::string name = text(1);
        const std::string declared = text(2);
        put_null(0);
        put(1, only_schema);
        put(2, table_);
        put(3, name);
        batch_.column<fixed_builder<std::int32_t>>(4).append(ordinal_);
        put(5, declared);
        put(6, arrow_type_of(name, declared));
        batch_.column<arrow::bool_builder>(7).append(value(3).integer() == 0);
        put_or_null(8, 4);
        put_null(9);
        return batch_.end_row();
    }

    std::string table_;
    std::int32_t ordinal_ = 0;
};

// Rows of the query are columns of keys; rows of the part are keys.
class key_rows final : public catalog_rows {
    using catalog_rows::catalog_rows;

    struct key {
        std::string table;
        std::int64_t order;
        std::int64_t number;
        std::optional<std::string> name;
        std::vector<std::string> columns;
        std::string ref_table;
        std::vector<std::string> ref_columns;
    };

    bool take_row() override {
        key now{text(0), value(1).integer(), value(2).integer(), {}, {}, text(5), {}};
        bool room = true;
        if (!open_ || open_->table != now.table || open_->order != now.order ||
            open_->number != now.number) {
            room = put_open();
            if (value(3).storage() != SQLITE_NULL) now.name = text(3);
            open_ = std::move(now);
        }
        open_->columns.push_back(text(4));
        open_->ref_columns.push_back(text(6));
        return room;
    }
    void finish_rows() override {
        (void)put_open();
        open_.reset();
    }

    void put_names(std::size_t column, const std::vector<std::string>& names) {
        auto& list = batch_.column<arrow::list_builder>(column);
        list.append();
        for (const std::string& name : names)
            list.items<binary_builder>().append(name);
    }
    void put_reference() {
        put_null(6);
        if (open_->order != 3) {
            put_null(7);
            put_null(8);
            put_null(9);
            return;
        }
        put(7, only_schema);
        put(8, open_->ref_table);
        put_names(9, open_->ref_columns);
    }
    bool put_open() {
        if (!open_) return true;
        constexpr std::string_view kinds[] = {"primary", "unique", "foreign"};
        put_null(0);
        put(1, only_schema);
        put(2, open_->table);
        if (open_->name) {
            put(3, *open_->name);
        } else {
            put_null(3);
        }
        put(4, kinds[open_->order - 1]);
        put_names(5, open_->columns);
        put_reference();
        return batch_.end_row();
    }

    std::optional<key> open_;
};

// 1 or 0 out of a query of ours.
result<bool> ask(database& db, std::string_view sql) {
    auto query = db.prepare(sql);
    if (!query) return std::move(query).error();
    const int code = sqlite3_step(query->get());
    if (code != SQLITE_ROW) return database_error(db.raw(), code);
    return sqlite3_column_int(query->get(), 0) != 0;
}

// Whether the pragmas can be asked about virtual tables; only then is it worth a second walk.
result<virtual_tables> usable_tables(database& db) {
    auto any = ask(db, "SELECT EXISTS (SELECT 1 FROM pragma_table_list WHERE type = 'virtual')");
    if (!any) return std::move(any).error();
    if (!*any) return virtual_tables::with;
    auto all = ask(db, "SELECT count(*) FROM (" + columns_query(virtual_tables::with) + ")");
    if (!all && all.error().kind == status::query_cancelled) return std::move(all).error();
    return all ? virtual_tables::with : virtual_tables::without;
}

result<std::string> query_of(database& db, int part) {
    if (part == QRY_INTROSPECT_TABLES) {
        auto known =
            ask(db, "SELECT EXISTS (SELECT 1 FROM main.sqlite_schema WHERE name = 'sqlite_stat1')");
        if (!known) return std::move(known).error();
        return tables_query(*known);
    }
    auto which = usable_tables(db);
    if (!which) return std::move(which).error();
    if (part == QRY_INTROSPECT_COLUMNS) return columns_query(*which);
    if (part == QRY_INTROSPECT_KEYS) return keys_query(*which);
    return error{
        .kind = status::unsupported,
        .message = "part " + std::to_string(part) + " of the catalog is not known"};
}

class no_rows final : public row_source {
    result<unique_array> next_batch() override { return unique_array{}; }
};

bool asked_for(const qry_introspect_request& request) noexcept {
    // SQLite has no catalogs, and a datasource has one schema.
    return request.catalog == nullptr &&
           (request.schema == nullptr || only_schema == request.schema);
}

}  // namespace

result<catalog_part> read_catalog(
    database& db, const qry_introspect_request& request, arrow::memory from
) {
    auto sql = query_of(db, request.part);
    if (!sql) return std::move(sql).error();
    std::vector<field> fields = arrow::introspection_fields(request.part);
    catalog_part out;
    out.schema = arrow::export_schema(fields);
    if (!asked_for(request)) {
        out.rows = std::make_unique<no_rows>();
        return out;
    }
    auto query = db.prepare(*sql);
    if (!query) return std::move(query).error();
    const arrow::batch_builder::bounds limit{request.batch_rows, request.batch_bytes};
    const auto make = [&]<class Rows>(std::unique_ptr<Rows>*) {
        return std::make_unique<Rows>(db.raw(), std::move(*query), std::move(fields), from, limit);
    };
    if (request.part == QRY_INTROSPECT_TABLES) {
        out.rows = make(static_cast<std::unique_ptr<table_rows>*>(nullptr));
    } else if (request.part == QRY_INTROSPECT_COLUMNS) {
        out.rows = make(static_cast<std::unique_ptr<column_rows>*>(nullptr));
    } else {
        out.rows = make(static_cast<std::unique_ptr<key_rows>*>(nullptr));
    }
    return out;
}

}  // namespace qry::sqlite
