// How a snapshot lies in memory, and on disk: one block, used in place.
//
//   header | tables | columns | keys | key_columns | string ends | string bytes
//
// Little-endian, every section aligned to 8. Texts are interned: a record names one by its number,
// 0 stands for NULL; the bytes of text n lie between ends[n-1] and ends[n]. Records are sorted:
// tables by catalog, schema, name; columns by table and ordinal; keys by table.
#pragma once

#include <bit>
#include <cstdint>

namespace qry::schema {

static_assert(std::endian::native == std::endian::little, "the block is used as it lies");

using text_id = std::uint32_t;

inline constexpr std::uint64_t image_magic = 0x414D484353595251;  // "QRYSCHMA"
// Raised with every change of the layout; a block of another version is read anew, not converted.
inline constexpr std::uint32_t image_version = 1;

struct section {
    // From the start of the block.
    std::uint64_t at = 0;
    std::uint64_t count = 0;
};

struct image_header {
    std::uint64_t magic = image_magic;
    std::uint32_t version = image_version;
    std::uint32_t header_size = 0;
    // Of the whole block, header included.
    std::uint64_t size = 0;
    // Over the whole block, with this field read as zero.
    std::uint64_t checksum = 0;
    std::uint64_t generation = 0;
    // Nanoseconds since 1970, UTC.
    std::int64_t taken_at = 0;
    text_id config_hash = 0;
    // Keeps the sections aligned; zero.
    std::uint32_t reserved = 0;
    section tables;
    section columns;
    section keys;
    section key_columns;
    // count = texts + 1: ends[0] is 0 and belongs to NULL.
    section ends;
    // count = bytes.
    section bytes;
};

struct table_record {
    text_id catalog = 0;
    text_id schema = 0;
    text_id name = 0;
    text_id kind = 0;
    text_id comment = 0;
    std::uint32_t first_column = 0;
    std::uint32_t column_count = 0;
    std::uint32_t first_key = 0;
    std::uint32_t key_count = 0;
    std::uint32_t has_estimate = 0;
    std::int64_t row_estimate = 0;
};

struct column_record {
    text_id name = 0;
    text_id type = 0;
    text_id arrow_type = 0;
    text_id default_value = 0;
    text_id comment = 0;
    std::int32_t ordinal = 0;
    std::uint32_t nullable = 0;
};

struct key_record {
    text_id name = 0;
    // key_kind.
    std::uint32_t kind = 0;
    // In key_columns.
    std::uint32_t first_column = 0;
    std::uint32_t column_count = 0;
    text_id ref_catalog = 0;
    text_id ref_schema = 0;
    text_id ref_table = 0;
    std::uint32_t first_ref = 0;
    std::uint32_t ref_count = 0;
};

static_assert(sizeof(image_header) == 152 && sizeof(table_record) == 48);
static_assert(sizeof(column_record) == 28 && sizeof(key_record) == 36);

}  // namespace qry::schema
