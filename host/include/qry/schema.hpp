// The schema of a datasource as the host keeps it: an immutable snapshot, and what changed.
//
// A snapshot is shared by all its readers and never changes; views into it stay valid as long as
// the snapshot is held. Texts are UTF-8.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <qry/export.h>

namespace qry {

class schema_snapshot;

struct column_view {
    std::string_view name;
    // From 1, as the database counts (gaps are possible).
    std::int32_t ordinal = 0;
    // The database's own name of the type.
    std::string_view type;
    // As pyarrow prints it: "int64", "decimal128(12, 2)".
    std::string_view arrow_type;
    bool nullable = true;
    std::optional<std::string_view> default_value;
    std::optional<std::string_view> comment;
};

enum class key_kind { primary, unique, foreign };

struct key_view {
    std::optional<std::string_view> name;
    key_kind kind = key_kind::primary;
    std::vector<std::string_view> columns;
    // For foreign keys only.
    std::optional<std::string_view> ref_catalog;
    std::optional<std::string_view> ref_schema;
    std::string_view ref_table;
    std::vector<std::string_view> ref_columns;
};

// One table of a snapshot; a light handle, valid while the snapshot is.
class QRY_EXPORT table_view {
public:
    table_view(const schema_snapshot& owner, std::uint32_t index) noexcept
        : owner_(&owner), index_(index) {}

    [[nodiscard]] std::optional<std::string_view> catalog() const noexcept;
    [[nodiscard]] std::optional<std::string_view> schema() const noexcept;
    [[nodiscard]] std::string_view name() const noexcept;
    // "table", "view", …; see introspect.h.
    [[nodiscard]] std::string_view kind() const noexcept;
    [[nodiscard]] std::optional<std::string_view> comment() const noexcept;
    // Rows, as the database estimates; nullopt = unknown.
    [[nodiscard]] std::optional<std::int64_t> row_estimate() const noexcept;
    [[nodiscard]] std::uint32_t column_count() const noexcept;
    // i < column_count(), in order of ordinal.
    [[nodiscard]] column_view column(std::uint32_t i) const noexcept;
    [[nodiscard]] std::vector<key_view> keys() const;
    [[nodiscard]] std::uint32_t index() const noexcept { return index_; }

private:
    const schema_snapshot* owner_;
    std::uint32_t index_;
};

// What a search found: a table, or one of its columns.
struct schema_hit {
    std::uint32_t table = 0;
    // The column's position in the table; nullopt = the table itself matched.
    std::optional<std::uint32_t> column;
    double score = 0;
};

// One change between two snapshots; names are qualified ("public.orders", "public.orders.total").
struct schema_change {
    enum class object { table, column };
    object what = object::table;
    std::string name;
    // For a rename the old name; for a retyped column the old type, and `now` the new one.
    std::string before;
    std::string now;
};

struct schema_diff {
    std::vector<schema_change> added;
    std::vector<schema_change> removed;
    // Retyped columns, changed nullability, kind of a table.
    std::vector<schema_change> changed;
    std::vector<schema_change> renamed;
    [[nodiscard]] bool empty() const noexcept {
        return added.empty() && removed.empty() && changed.empty() && renamed.empty();
    }
};

class QRY_EXPORT schema_snapshot {
public:
    struct data;
    using time_point = std::chrono::system_clock::time_point;
    explicit schema_snapshot(std::shared_ptr<const data> content);
    // found_at: when the database was found to hold still what the content says; counts only when
    // it is later than the reading. The content is shared.
    schema_snapshot(std::shared_ptr<const data> content, time_point found_at);
    ~schema_snapshot();

    // Grows by one with each refresh of the datasource that replaced the content.
    [[nodiscard]] std::uint64_t generation() const noexcept;
    // When it was read, or last found unchanged; wall clock.
    [[nodiscard]] time_point taken_at() const noexcept;
    // When it was read: estimated numbers of rows are of that time.
    [[nodiscard]] time_point read_at() const noexcept;
    [[nodiscard]] std::chrono::nanoseconds age() const noexcept;
    // Identifies the configuration (driver, parameters, user) it was read with; never of a secret.
    [[nodiscard]] std::string_view config_hash() const noexcept;
    // What the driver said the catalog's content comes to when it was read; empty = it cannot say.
    [[nodiscard]] std::string_view digest() const noexcept;
    [[nodiscard]] std::vector<std::string_view> catalogs() const;
    [[nodiscard]] std::uint32_t table_count() const noexcept;
    [[nodiscard]] std::uint64_t column_count() const noexcept;
    // i < table_count(); ordered by catalog, schema, name.
    [[nodiscard]] table_view table(std::uint32_t i) const noexcept;
    // "name", "schema.name" or "catalog.schema.name"; case-sensitive first, then not.
    [[nodiscard]] std::optional<table_view> find(std::string_view name) const;
    // Best first. Matches words of names and comments, case-insensitively, prefixes and parts too.
    [[nodiscard]] std::vector<schema_hit> search(std::string_view text, std::size_t limit = 50)
        const;
    // The schema for a language model, in at most `tokens` tokens (counted as 4 bytes each, rounded
    // up, which over-counts English names). With a question, the tables that matter to it first.
    [[nodiscard]] std::string prompt(std::size_t tokens, std::string_view question = {}) const;
    [[nodiscard]] const data& content() const noexcept { return *content_; }
    [[nodiscard]] const std::shared_ptr<const data>& shared_content() const noexcept {
        return content_;
    }

private:
    std::shared_ptr<const data> content_;
    time_point taken_at_;
};

using schema_ptr = std::shared_ptr<const schema_snapshot>;

// The same content, found unchanged at `at`; costs nothing, whatever its size.
[[nodiscard]] inline schema_ptr renewed(const schema_ptr& from, schema_snapshot::time_point at) {
    return std::make_shared<const schema_snapshot>(from->shared_content(), at);
}

[[nodiscard]] QRY_EXPORT schema_diff
compare(const schema_snapshot& before, const schema_snapshot& now);

}  // namespace qry
