// The content of a snapshot: a checked block, and typed views into it.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>

#include <qry/schema.hpp>

#include "schema/layout.hpp"
#include "schema/lookup.hpp"

namespace qry {

struct schema_snapshot::data {
    // The block must have been checked, or just been made. `owner` keeps it alive: heap memory
    // today, a mapped file when several processes share one.
    data(std::shared_ptr<const void> owner, const std::byte* block);

    std::span<const std::byte> block;
    const schema::image_header& header;
    std::span<const schema::table_record> tables;
    std::span<const schema::column_record> columns;
    std::span<const schema::shape_record> shapes;
    std::span<const schema::key_record> keys;
    std::span<const schema::text_id> key_columns;
    // The index of words; see layout.hpp.
    std::span<const std::uint32_t> word_ends;
    std::string_view word_bytes;
    std::span<const std::uint32_t> first_postings;
    std::span<const std::uint32_t> postings;
    std::span<const std::uint32_t> first_places;
    std::span<const std::uint32_t> places;

    [[nodiscard]] std::span<const std::uint32_t> places_of(schema::text_id id) const noexcept {
        return places.subspan(first_places[id], first_places[id + 1] - first_places[id]);
    }
    [[nodiscard]] std::size_t text_count() const noexcept { return ends_.size(); }
    [[nodiscard]] std::string_view text(schema::text_id id) const noexcept {
        if (id == 0) return {};
        return bytes_.substr(ends_[id - 1], ends_[id] - ends_[id - 1]);
    }
    [[nodiscard]] std::optional<std::string_view> optional_text(schema::text_id id) const noexcept {
        if (id == 0) return std::nullopt;
        return text(id);
    }
    [[nodiscard]] std::span<const std::uint32_t> ends() const noexcept { return ends_; }
    [[nodiscard]] std::string_view bytes() const noexcept { return bytes_; }
    [[nodiscard]] std::span<const schema::column_record> columns_of(const schema::table_record& t
    ) const noexcept {
        return columns.subspan(t.first_column, t.column_count);
    }
    [[nodiscard]] std::span<const schema::key_record> keys_of(const schema::table_record& t
    ) const noexcept {
        return keys.subspan(t.first_key, t.key_count);
    }
    // What search and prompt need on top; made on first use, thread-safe.
    [[nodiscard]] const schema::lookup& lookup() const;

private:
    std::shared_ptr<const void> owner_;
    std::span<const std::uint32_t> ends_;
    std::string_view bytes_;
    mutable std::once_flag made_;
    mutable std::unique_ptr<const schema::lookup> lookup_;
};

}  // namespace qry
