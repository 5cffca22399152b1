// Introspection parts for tests: written as rows, read as Arrow.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include <qry/arrow.h>
#include <qry/introspect.h>

#include "schema/builder.hpp"

namespace qry::test {

using text = std::optional<std::string>;

struct table_row {
    text catalog;
    text schema;
    text name;
    text kind = "table";
    text comment{};
    std::optional<std::int64_t> row_estimate{};
};
struct column_row {
    text catalog;
    text schema;
    text table;
    text name;
    std::int32_t ordinal = 0;
    text type = "bigint";
    text arrow_type = "int64";
    bool nullable = true;
    text default_value{};
    text comment{};
};
using list = std::optional<std::vector<text>>;
struct key_row {
    text catalog;
    text schema;
    text table;
    text name;
    text kind;
    list columns;
    text ref_catalog{};
    text ref_schema{};
    text ref_table{};
    list ref_columns{};
};

// One part with one batch. Not movable: the Arrow structures point into it.
class part {
public:
    explicit part(const std::vector<table_row>& rows);
    explicit part(const std::vector<column_row>& rows);
    explicit part(const std::vector<key_row>& rows);
    part(const part&) = delete;
    part& operator=(const part&) = delete;

    ArrowSchema schema{};
    ArrowArray batch{};
    // To be spoilt by tests of what a plugin may get wrong.
    ArrowSchema& field(std::size_t i) { return *field_pointers_[i]; }
    ArrowArray& column(std::size_t i) { return *column_pointers_[i]; }

private:
    struct storage {
        ArrowSchema schema{};
        ArrowArray array{};
        std::vector<std::uint8_t> valid;
        std::vector<std::uint8_t> bits;
        std::vector<std::int32_t> numbers;
        std::vector<std::int64_t> wide;
        std::string bytes;
        const void* buffers[3]{};
        ArrowSchema* child_schema = nullptr;
        ArrowArray* child_array = nullptr;
    };
    storage& add(const char* name, const char* format);
    void texts(storage& s, const std::vector<text>& values);
    void add_texts(const char* name, const std::vector<text>& values);
    void add_lists(const char* name, const std::vector<list>& values);
    void close(std::size_t rows);

    std::deque<storage> storage_;
    std::vector<ArrowSchema*> field_pointers_;
    std::vector<ArrowArray*> column_pointers_;
};

// The whole way: three parts into a snapshot, which must succeed.
[[nodiscard]] schema_ptr make_snapshot(
    const std::vector<table_row>& tables,
    const std::vector<column_row>& columns,
    const std::vector<key_row>& keys = {},
    const schema::stamp& with = {.generation = 1, .taken_at = {}, .config_hash = "config"}
);

}  // namespace qry::test
