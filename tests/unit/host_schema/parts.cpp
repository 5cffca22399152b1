#include "parts.hpp"

#include <catch2/catch.hpp>

namespace qry::test {

namespace {

void release_nothing(ArrowSchema*) {}
void release_nothing(ArrowArray*) {}

template <class Row, class Get>
auto column_of(const std::vector<Row>& rows, Get get) {
    std::vector<std::decay_t<decltype(get(rows[0]))>> out;
    for (const Row& r : rows)
        out.push_back(get(r));
    return out;
}

template <class T>
std::vector<std::uint8_t> validity(const std::vector<std::optional<T>>& values) {
    std::vector<std::uint8_t> out(values.size() / 8 + 1);
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (values[i]) out[i / 8] |= static_cast<std::uint8_t>(1 << (i % 8));
    }
    return out;
}

}  // namespace

part::storage& part::add(const char* name, const char* format) {
    storage& s = storage_.emplace_back();
    s.schema.format = format;
    s.schema.name = name;
    s.schema.flags = ARROW_FLAG_NULLABLE;
    s.schema.release = release_nothing;
    s.array.release = release_nothing;
    s.array.null_count = -1;
    s.array.buffers = s.buffers;
    return s;
}

void part::texts(storage& s, const std::vector<text>& values) {
    s.valid = validity(values);
    s.numbers.push_back(0);
    for (const auto& v : values) {
        s.bytes += v.value_or("");
        s.numbers.push_back(static_cast<std::int32_t>(s.bytes.size()));
    }
    s.array.length = static_cast<std::int64_t>(values.size());
    s.array.n_buffers = 3;
    s.buffers[0] = s.valid.data();
    s.buffers[1] = s.numbers.data();
    s.buffers[2] = s.bytes.data();
}

void part::add_texts(const char* name, const std::vector<text>& values) {
    storage& s = add(name, "u");
    texts(s, values);
    field_pointers_.push_back(&s.schema);
    column_pointers_.push_back(&s.array);
}

void part::add_lists(const char* name, const std::vector<list>& values) {
    storage& items = add("item", "u");
    storage& s = add(name, "+l");
    std::vector<text> all;
    s.valid = validity(values);
    s.numbers.push_back(0);
    for (const auto& v : values) {
        if (v) all.insert(all.end(), v->begin(), v->end());
        s.numbers.push_back(static_cast<std::int32_t>(all.size()));
    }
    texts(items, all);
    s.child_schema = &items.schema;
    s.child_array = &items.array;
    s.schema.n_children = s.array.n_children = 1;
    s.schema.children = &s.child_schema;
    s.array.children = &s.child_array;
    s.array.length = static_cast<std::int64_t>(values.size());
    s.array.n_buffers = 2;
    s.buffers[0] = s.valid.data();
    s.buffers[1] = s.numbers.data();
    field_pointers_.push_back(&s.schema);
    column_pointers_.push_back(&s.array);
}

void part::close(std::size_t rows) {
    schema.format = "+s";
    schema.name = "";
    schema.n_children = static_cast<std::int64_t>(field_pointers_.size());
    schema.children = field_pointers_.data();
    schema.release = release_nothing;
    batch.length = static_cast<std::int64_t>(rows);
    batch.n_children = schema.n_children;
    batch.children = column_pointers_.data();
    batch.release = release_nothing;
}

part::part(const std::vector<table_row>& rows) {
    add_texts("catalog", column_of(rows, [](const auto& r) { return r.catalog; }));
    add_texts("schema", column_of(rows, [](const auto& r) { return r.schema; }));
    add_texts("name", column_of(rows, [](const auto& r) { return r.name; }));
    add_texts("kind", column_of(rows, [](const auto& r) { return r.kind; }));
    add_texts("comment", column_of(rows, [](const auto& r) { return r.comment; }));
    storage& s = add("row_estimate", "l");
    const auto values = column_of(rows, [](const auto& r) { return r.row_estimate; });
    s.valid = validity(values);
    for (const auto& v : values)
        s.wide.push_back(v.value_or(0));
    s.array.length = static_cast<std::int64_t>(rows.size());
    s.array.n_buffers = 2;
    s.buffers[0] = s.valid.data();
    s.buffers[1] = s.wide.data();
    field_pointers_.push_back(&s.schema);
    column_pointers_.push_back(&s.array);
    close(rows.size());
}

part::part(const std::vector<column_row>& rows) {
    add_texts("catalog", column_of(rows, [](const auto& r) { return r.catalog; }));
    add_texts("schema", column_of(rows, [](const auto& r) { return r.schema; }));
    add_texts("table", column_of(rows, [](const auto& r) { return r.table; }));
    add_texts("name", column_of(rows, [](const auto& r) { return r.name; }));
    storage& ordinal = add("ordinal", "i");
    for (const auto& r : rows)
        ordinal.numbers.push_back(r.ordinal);
    ordinal.array.length = static_cast<std::int64_t>(rows.size());
    ordinal.array.n_buffers = 2;
    ordinal.buffers[1] = ordinal.numbers.data();
    field_pointers_.push_back(&ordinal.schema);
    column_pointers_.push_back(&ordinal.array);
    add_texts("type", column_of(rows, [](const auto& r) { return r.type; }));
    add_texts("arrow_type", column_of(rows, [](const auto& r) { return r.arrow_type; }));
    storage& nullable = add("nullable", "b");
    nullable.bits.resize(rows.size() / 8 + 1);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (rows[i].nullable) nullable.bits[i / 8] |= static_cast<std::uint8_t>(1 << (i % 8));
    }
    nullable.array.length = static_cast<std::int64_t>(rows.size());
    nullable.array.n_buffers = 2;
    nullable.buffers[1] = nullable.bits.data();
    field_pointers_.push_back(&nullable.schema);
    column_pointers_.push_back(&nullable.array);
    add_texts("default", column_of(rows, [](const auto& r) { return r.default_value; }));
    add_texts("comment", column_of(rows, [](const auto& r) { return r.comment; }));
    close(rows.size());
}

part::part(const std::vector<key_row>& rows) {
    add_texts("catalog", column_of(rows, [](const auto& r) { return r.catalog; }));
    add_texts("schema", column_of(rows, [](const auto& r) { return r.schema; }));
    add_texts("table", column_of(rows, [](const auto& r) { return r.table; }));
    add_texts("name", column_of(rows, [](const auto& r) { return r.name; }));
    add_texts("kind", column_of(rows, [](const auto& r) { return r.kind; }));
    add_lists("columns", column_of(rows, [](const auto& r) { return r.columns; }));
    add_texts("ref_catalog", column_of(rows, [](const auto& r) { return r.ref_catalog; }));
    add_texts("ref_schema", column_of(rows, [](const auto& r) { return r.ref_schema; }));
    add_texts("ref_table", column_of(rows, [](const auto& r) { return r.ref_table; }));
    add_lists("ref_columns", column_of(rows, [](const auto& r) { return r.ref_columns; }));
    close(rows.size());
}

schema_ptr make_snapshot(
    const std::vector<table_row>& tables,
    const std::vector<column_row>& columns,
    const std::vector<key_row>& keys,
    const schema::stamp& with
) {
    schema::builder b("test");
    const part t(tables);
    const part c(columns);
    const part k(keys);
    REQUIRE(b.begin_part(QRY_INTROSPECT_TABLES, t.schema));
    REQUIRE(b.add_batch(QRY_INTROSPECT_TABLES, t.batch));
    REQUIRE(b.begin_part(QRY_INTROSPECT_COLUMNS, c.schema));
    REQUIRE(b.add_batch(QRY_INTROSPECT_COLUMNS, c.batch));
    REQUIRE(b.begin_part(QRY_INTROSPECT_KEYS, k.schema));
    REQUIRE(b.add_batch(QRY_INTROSPECT_KEYS, k.batch));
    auto made = b.finish(with);
    REQUIRE(made);
    return *made;
}

}  // namespace qry::test
