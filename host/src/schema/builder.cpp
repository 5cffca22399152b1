#include "schema/builder.hpp"

#include <array>
#include <optional>
#include <unordered_map>

#include <qry/introspect.h>
#include <qry/kit/text/utf8.hpp>

#include "schema/part_layout.hpp"
#include "schema/staging.hpp"

namespace qry::schema {

namespace {

// A table's full name, interned.
struct table_key {
    text_id catalog = 0;
    text_id schema = 0;
    text_id name = 0;
    bool operator==(const table_key&) const = default;
};
struct table_key_hash {
    std::size_t operator()(const table_key& k) const noexcept {
        std::uint64_t h = k.catalog * 0x9E3779B97F4A7C15ull;
        h = (h ^ k.schema) * 0xBF58476D1CE4E5B9ull;
        h = (h ^ k.name) * 0x94D049BB133111EBull;
        return static_cast<std::size_t>(h ^ (h >> 31));
    }
};

struct shape_hash {
    std::size_t operator()(const shape_record& s) const noexcept {
        std::uint64_t h = (s.type ^ std::uint64_t(s.arrow_type) << 32) * 0x9E3779B97F4A7C15ull;
        h = (h ^ s.default_value ^ std::uint64_t(s.nullable) << 32) * 0xBF58476D1CE4E5B9ull;
        return static_cast<std::size_t>(h ^ (h >> 31));
    }
};

// Reads one row of a batch that check_batch() has passed.
struct row {
    const ArrowArray& batch;
    std::int64_t index;

    const ArrowArray& column(int c) const { return *batch.children[c]; }
    std::int64_t at(int c) const { return column(c).offset + batch.offset + index; }
    bool is_null(int c) const {
        const auto* bits = static_cast<const std::uint8_t*>(column(c).buffers[0]);
        return bits != nullptr && (bits[at(c) / 8] >> (at(c) % 8) & 1) == 0;
    }
    bool boolean(int c) const {
        const auto* bits = static_cast<const std::uint8_t*>(column(c).buffers[1]);
        return (bits[at(c) / 8] >> (at(c) % 8) & 1) != 0;
    }
    template <class T>
    T number(int c) const {
        return static_cast<const T*>(column(c).buffers[1])[at(c)];
    }
    static std::string_view text_at(const ArrowArray& a, std::int64_t i) {
        const auto* offsets = static_cast<const std::int32_t*>(a.buffers[1]) + i;
        const auto* bytes = static_cast<const char*>(a.buffers[2]);
        if (bytes == nullptr) return {};
        return {bytes + offsets[0], static_cast<std::size_t>(offsets[1] - offsets[0])};
    }
    std::string_view text(int c) const { return text_at(column(c), at(c)); }
};

}  // namespace

struct builder::state {
    std::string plugin;
    build_report report;
    staging made;
    std::unordered_map<table_key, std::uint32_t, table_key_hash> by_name;
    std::unordered_map<shape_record, std::uint32_t, shape_hash> by_shape;
    // Rows come grouped by table, so that the last one is mostly the next one.
    table_key last_key;
    std::optional<std::uint32_t> last_table;
    std::array<bool, 4> begun{};
    std::array<std::int64_t, 4> rows{};

    text_id intern(std::string_view text) {
        if (text::is_valid_utf8(text)) return made.texts.intern(text);
        ++report.repaired_texts;
        return made.texts.intern(text::replace_invalid_utf8(text));
    }
    text_id intern(const row& r, int c) { return r.is_null(c) ? 0 : intern(r.text(c)); }

    std::optional<std::uint32_t> table_of(const row& r) {
        const table_key key{intern(r, 0), intern(r, 1), intern(r, 2)};
        if (key == last_key && last_table) return last_table;
        const auto found = by_name.find(key);
        if (found == by_name.end()) return std::nullopt;
        last_key = key;
        last_table = found->second;
        return last_table;
    }
    // The items of a list, appended to key_columns; returns how many.
    std::uint32_t add_list(const row& r, int c) {
        if (r.is_null(c)) return 0;
        const ArrowArray& list = r.column(c);
        const auto* offsets = static_cast<const std::int32_t*>(list.buffers[1]) + r.at(c);
        const ArrowArray& items = *list.children[0];
        for (std::int32_t i = offsets[0]; i < offsets[1]; ++i) {
            made.key_columns.push_back(intern(row::text_at(items, items.offset + i)));
        }
        return static_cast<std::uint32_t>(offsets[1] - offsets[0]);
    }

    void add_table(const row& r);
    void add_column(const row& r);
    result<void> add_key(const row& r);
};

void builder::state::add_table(const row& r) {
    table_record t;
    t.catalog = intern(r, 0);
    t.schema = intern(r, 1);
    t.name = intern(r, 2);
    t.kind = intern(r, 3);
    t.comment = intern(r, 4);
    t.has_estimate = r.is_null(5) ? 0 : 1;
    if (t.has_estimate != 0) t.row_estimate = r.number<std::int64_t>(5);
    const auto index = static_cast<std::uint32_t>(made.tables.size());
    if (!by_name.emplace(table_key{t.catalog, t.schema, t.name}, index).second) {
        ++report.duplicate_tables;
        return;
    }
    made.tables.push_back(t);
}

void builder::state::add_column(const row& r) {
    const auto table = table_of(r);
    if (!table) {
        ++report.orphan_columns;
        return;
    }
    column_record c;
    c.name = intern(r, 3);
    c.ordinal = r.number<std::int32_t>(4);
    c.comment = intern(r, 9);
    shape_record shape;
    shape.type = intern(r, 5);
    shape.arrow_type = intern(r, 6);
    shape.nullable = r.boolean(7) ? 1 : 0;
    shape.default_value = intern(r, 8);
    const auto next = static_cast<std::uint32_t>(made.shapes.size());
    const auto [known, is_new] = by_shape.emplace(shape, next);
    if (is_new) made.shapes.push_back(shape);
    c.shape = known->second;
    made.columns.push_back(c);
    made.column_table.push_back(*table);
}

result<void> builder::state::add_key(const row& r) {
    const auto table = table_of(r);
    if (!table) {
        ++report.orphan_keys;
        return {};
    }
    const std::string_view kind = r.text(4);
    key_record k;
    if (kind == "primary") {
        k.kind = static_cast<std::uint32_t>(key_kind::primary);
    } else if (kind == "unique") {
        k.kind = static_cast<std::uint32_t>(key_kind::unique);
    } else if (kind == "foreign") {
        k.kind = static_cast<std::uint32_t>(key_kind::foreign);
    } else {
        ++report.unknown_keys;
        return {};
    }
    k.name = intern(r, 3);
    k.first_column = static_cast<std::uint32_t>(made.key_columns.size());
    k.column_count = add_list(r, 5);
    if (kind == "foreign") {
        if (r.is_null(8) || r.is_null(9)) {
            return deviation(
                plugin,
                QRY_INTROSPECT_KEYS,
                "the foreign key on table '" + std::string(made.texts.text(last_key.name)) +
                    "' has no ref_table or no ref_columns"
            );
        }
        k.ref_catalog = intern(r, 6);
        k.ref_schema = intern(r, 7);
        k.ref_table = intern(r, 8);
        k.first_ref = static_cast<std::uint32_t>(made.key_columns.size());
        k.ref_count = add_list(r, 9);
    }
    made.keys.push_back(k);
    made.key_table.push_back(*table);
    return {};
}

builder::builder(std::string_view plugin) : state_(std::make_unique<state>()) {
    state_->plugin = plugin;
}
builder::~builder() = default;
builder::builder(builder&&) noexcept = default;
builder& builder::operator=(builder&&) noexcept = default;

result<void> builder::begin_part(std::int32_t part, const ArrowSchema& schema) {
    if (auto checked = check_schema(state_->plugin, part, schema); !checked) return checked;
    const auto index = static_cast<std::size_t>(part);
    if (state_->begun[index]) return deviation(state_->plugin, part, "it came twice");
    if (index > 1 && !state_->begun[index - 1]) {
        return deviation(
            state_->plugin, part, "it came before part '" + std::string(name_of(part - 1)) + "'"
        );
    }
    state_->begun[index] = true;
    return {};
}

result<void> builder::add_batch(std::int32_t part, const ArrowArray& batch) {
    const auto index = static_cast<std::size_t>(part);
    if (fields_of(part).empty() || !state_->begun[index]) {
        return deviation(state_->plugin, part, "a batch came before the schema");
    }
    if (auto checked = check_batch(state_->plugin, part, batch); !checked) return checked;
    for (std::int64_t i = 0; i < batch.length; ++i) {
        const row r{batch, i};
        if (part == QRY_INTROSPECT_TABLES) {
            state_->add_table(r);
        } else if (part == QRY_INTROSPECT_COLUMNS) {
            state_->add_column(r);
        } else if (auto added = state_->add_key(r); !added) {
            return added;
        }
    }
    state_->rows[index] += batch.length;
    return {};
}

result<schema_ptr> builder::finish(const stamp& with) {
    // A database may know no keys.
    for (const std::int32_t part : {QRY_INTROSPECT_TABLES, QRY_INTROSPECT_COLUMNS}) {
        if (!state_->begun[static_cast<std::size_t>(part)]) {
            return deviation(state_->plugin, part, "it is missing");
        }
    }
    staging made = std::move(state_->made);
    state_->made = staging{};
    state_->by_name.clear();
    state_->by_shape.clear();
    state_->last_table.reset();
    state_->begun = {};
    return assemble(std::move(made), with);
}

const build_report& builder::report() const noexcept {
    return state_->report;
}

std::int64_t builder::rows(std::int32_t part) const noexcept {
    return fields_of(part).empty() ? 0 : state_->rows[static_cast<std::size_t>(part)];
}

}  // namespace qry::schema
