// The catalog as three tables: their schemas, their order, their filter.
#include <algorithm>
#include <set>
#include <span>
#include <string>

#include <qry/kit/arrow/array_view.hpp>
#include <qry/kit/arrow/type.hpp>
#include <qry/kit/arrow/validate.hpp>

#include "test_case.hpp"

namespace qry::conformance {
namespace {

struct expected_field {
    const char* name;
    // As pyarrow prints it.
    const char* type;
    bool nullable;
};

constexpr expected_field tables_fields[] = {
    {"catalog", "string", true},
    {"schema", "string", true},
    {"name", "string", false},
    {"kind", "string", false},
    {"comment", "string", true},
    {"row_estimate", "int64", true},
};
constexpr expected_field columns_fields[] = {
    {"catalog", "string", true},
    {"schema", "string", true},
    {"table", "string", false},
    {"name", "string", false},
    {"ordinal", "int32", false},
    {"type", "string", false},
    {"arrow_type", "string", false},
    {"nullable", "bool", false},
    {"default", "string", true},
    {"comment", "string", true},
};
constexpr expected_field keys_fields[] = {
    {"catalog", "string", true},
    {"schema", "string", true},
    {"table", "string", false},
    {"name", "string", true},
    {"kind", "string", false},
    {"columns", "list<item: string>", false},
    {"ref_catalog", "string", true},
    {"ref_schema", "string", true},
    {"ref_table", "string", true},
    {"ref_columns", "list<item: string>", true},
};

struct part_rule {
    std::int32_t part;
    const char* name;
    std::span<const expected_field> fields;
};
const part_rule parts[] = {
    {QRY_INTROSPECT_TABLES, "tables", tables_fields},
    {QRY_INTROSPECT_COLUMNS, "columns", columns_fields},
    {QRY_INTROSPECT_KEYS, "keys", keys_fields},
};

std::string print(const std::string& name, const std::string& type, bool nullable) {
    return name + " " + type + (nullable ? "?" : "");
}

// What a list holds may be called as one likes and be nullable or not.
std::string type_of(const arrow::field& f) {
    if (f.type.id() == arrow::type_id::list) {
        return "list<item: " + f.type.children()[0].type.name() + ">";
    }
    return f.type.name();
}

void same_schema(const part_rule& part, const ArrowSchema& schema) {
    const std::string sent = std::string("introspect ") + part.name;
    const auto read = arrow::import_field(schema);
    expect(read.has_value(), {sent, read ? "" : describe(read.error()), "see qry/introspect.h"});
    const auto fields = read->type.children();
    for (std::size_t i = 0; i < part.fields.size(); ++i) {
        const expected_field& e = part.fields[i];
        const std::string expected = print(e.name, e.type, e.nullable);
        const std::string got = i < fields.size()
                                    ? print(fields[i].name, type_of(fields[i]), fields[i].nullable)
                                    : "nothing";
        expect(
            got == expected,
            {sent,
             "field " + std::to_string(i + 1) + " is '" + got + "', not '" + expected + "'",
             "the schemas of qry/introspect.h are exact, order and nullability included"}
        );
    }
    expect(
        fields.size() == part.fields.size(),
        {sent, std::to_string(fields.size()) + " fields", "only those of qry/introspect.h"}
    );
}

table ask(bench& b, session& s, const part_rule& part, bool last) {
    const std::string sent = std::string("introspect ") + part.name;
    auto t = s.query(
        {.part = part.part, .first = part.part == QRY_INTROSPECT_TABLES, .last = last},
        bench::usual()
    );
    b.must(t, sent, "");
    same_schema(part, *t->schema);
    for (const unique_array& batch : t->batches) {
        const auto ok = arrow::validate(*t->schema, *batch);
        expect(ok.has_value(), {sent, ok ? "" : describe(ok.error()), "invalid Arrow"});
    }
    return std::move(*t);
}

std::string text(const arrow::array_view& column, std::int64_t row) {
    return column.is_null(row) ? "" : std::string(column.bytes(row));
}

// catalog, schema and table of a row; unit separators cannot be in a name that anybody types.
std::string table_of(const arrow::array_view& batch, std::int64_t row) {
    return text(batch.child(0), row) + '\x1f' + text(batch.child(1), row) + '\x1f' +
           text(batch.child(2), row);
}

std::string readable(std::string table) {
    std::replace(table.begin(), table.end(), '\x1f', '.');
    return table;
}

// Rows of one table stand together, and belong to a table of the first part.
class grouping {
public:
    grouping(const char* part, const std::set<std::string>& tables)
        : part_(part), tables_(tables) {}

    // Whether the row begins another table than the row before.
    bool next(const std::string& table) {
        if (!seen_.empty() && table == last_) return false;
        const std::string sent = std::string("introspect ") + part_;
        expect(
            seen_.insert(table).second,
            {sent,
             "rows of " + readable(table) + " stand in two places",
             "order by catalog, schema, table"}
        );
        expect(
            tables_.contains(table),
            {sent,
             readable(table) + " is not among the tables of the first part",
             "both parts must show what the user may see, in one snapshot"}
        );
        last_ = table;
        return true;
    }

private:
    const char* part_;
    const std::set<std::string>& tables_;
    std::set<std::string> seen_;
    std::string last_;
};

std::set<std::string> tables_in(bench& b, const table& t) {
    std::set<std::string> out;
    for (const unique_array& batch : t.batches) {
        const auto view = arrow::array_view::make(*t.schema, *batch);
        b.must(view, "introspect tables", "");
        for (std::int64_t row = 0; row < view->length(); ++row) {
            expect(
                !text(view->child(2), row).empty() && !text(view->child(3), row).empty(),
                {"introspect tables", "a table without a name or kind", ""}
            );
            expect(
                out.insert(table_of(*view, row)).second,
                {"introspect tables", readable(table_of(*view, row)) + " twice", ""}
            );
        }
    }
    return out;
}

void columns_in_order(bench& b, const table& t, const std::set<std::string>& tables) {
    grouping groups("columns", tables);
    std::int32_t before = 0;
    for (const unique_array& batch : t.batches) {
        const auto view = arrow::array_view::make(*t.schema, *batch);
        b.must(view, "introspect columns", "");
        for (std::int64_t row = 0; row < view->length(); ++row) {
            const std::string table = table_of(*view, row);
            if (groups.next(table)) before = 0;
            const auto ordinal = view->child(4).value<std::int32_t>(row);
            expect(
                ordinal > before,
                {"introspect columns",
                 "in " + readable(table) + " ordinal " + std::to_string(ordinal) + " follows " +
                     std::to_string(before),
                 "ordinals count from 1; order by them"}
            );
            before = ordinal;
        }
    }
}

void three_parts(bench& b) {
    const auto s = b.connect();
    const bool keys = b.plugin().can(QRY_CAN_KEYS);
    const std::set<std::string> tables = tables_in(b, ask(b, *s, parts[0], false));
    columns_in_order(b, ask(b, *s, parts[1], !keys), tables);
    if (keys) {
        const table t = ask(b, *s, parts[2], true);
        grouping groups("keys", tables);
        for (const unique_array& batch : t.batches) {
            const auto view = arrow::array_view::make(*t.schema, *batch);
            b.must(view, "introspect keys", "");
            for (std::int64_t row = 0; row < view->length(); ++row) {
                groups.next(table_of(*view, row));
            }
        }
    }
    if (tables.empty()) b.warn("the database has no tables: only the schemas could be checked");
    b.must_be_usable(*s, "introspection");
}

void stopped_half_way(bench& b) {
    const auto s = b.connect();
    const catalog_request first{.part = QRY_INTROSPECT_TABLES, .first = true, .last = false};
    b.must(s->introspect(first, bench::usual()), "introspect tables", "");
    b.must(s->reset(bench::usual()), "introspect tables, reset", "reset ends a snapshot");
    b.must_be_usable(*s, "an introspection that was given up");
}

void filtered(bench& b) {
    const auto s = b.connect();
    const catalog_request nothing{
        .part = QRY_INTROSPECT_TABLES, .schema = "no_such_schema_anywhere"};
    const auto t = s->query(nothing, bench::usual());
    const std::string sent = "introspect tables of schema no_such_schema_anywhere";
    if (t) {
        expect(
            t->rows() == 0,
            {sent, std::to_string(t->rows()) + " rows", "request.schema is an exact name"}
        );
    }
    b.must_be_usable(*s, "an introspection that finds nothing");
}

constexpr test_case tests[] = {
    {"introspect.three_parts",
     "Tables, columns and keys have the exact schemas, grouped and ordered.",
     three_parts,
     QRY_CAN_INTROSPECT},
    {"introspect.stopped",
     "reset between the parts ends the introspection.",
     stopped_half_way,
     QRY_CAN_INTROSPECT},
    {"introspect.filter",
     "Only the schema that was asked for is shown.",
     filtered,
     QRY_CAN_INTROSPECT},
};

}  // namespace

std::span<const test_case> introspect_tests() {
    return tests;
}

}  // namespace qry::conformance
