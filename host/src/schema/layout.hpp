// How a snapshot lies in memory, and on disk: one block, used in place.
//
//   header | tables | columns | shapes | keys | key_columns | string ends | string bytes
//          | word ends | word bytes | first postings | postings | first places | places
//
// Little-endian, every section aligned to 8. Texts are interned: a record names one by its number,
// 0 stands for NULL; the bytes of text n lie between ends[n-1] and ends[n]. Records are sorted:
// tables by catalog, schema, name; columns by table and ordinal; keys by table.
//
// The second line is the index of words (word_index.hpp), so that whoever maps a block can search
// it at once: word → texts it occurs in (postings) → tables where these texts stand (places).
#pragma once

#include <bit>
#include <cstdint>

namespace qry::schema {

static_assert(std::endian::native == std::endian::little, "the block is used as it lies");

using text_id = std::uint32_t;

inline constexpr std::uint64_t image_magic = 0x414D484353595251;  // "QRYSCHMA"
// Raised with every change of the layout; a block of another version is read anew, not converted.
inline constexpr std::uint32_t image_version = 2;

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
    // Of the catalog it was read from, for the cheap check of a refresh; 0 = the driver has none.
    text_id digest = 0;
    section tables;
    section columns;
    section shapes;
    section keys;
    section key_columns;
    // count = texts + 1: ends[0] is 0 and belongs to NULL.
    section ends;
    // count = bytes.
    section bytes;
    // Words in lower case, sorted by bytes; count = words + 1, word w between ends w and w + 1.
    section word_ends;
    section word_bytes;
    // count = words + 1.
    section first_postings;
    // A text, and posting_flags.
    section postings;
    // count = texts + 2: the places of text n lie between n and n + 1.
    section first_places;
    // A table, and in the upper bits what the text is there (place_role).
    section places;
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
    // In shapes.
    std::uint32_t shape = 0;
    text_id comment = 0;
    std::int32_t ordinal = 0;
};

// What many columns have in common: millions of columns have a few hundred shapes.
struct shape_record {
    text_id type = 0;
    text_id arrow_type = 0;
    text_id default_value = 0;
    std::uint32_t nullable = 0;
    bool operator==(const shape_record&) const = default;
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

// The word begins the text; the word is the text.
inline constexpr std::uint32_t posting_first = 1u << 30;
inline constexpr std::uint32_t posting_whole = 1u << 31;
inline constexpr std::uint32_t posting_text = posting_first - 1;

// The places of a text that are tables come before those that are columns.
enum class place_role : std::uint32_t {
    table_name = 0,
    table_comment = 1,
    schema = 2,
    catalog = 3,
    column_name = 4,
    column_comment = 5,
};
inline constexpr std::uint32_t place_shift = 29;
inline constexpr std::uint32_t place_table = (1u << place_shift) - 1;

static_assert(sizeof(image_header) == 264 && sizeof(table_record) == 48);
static_assert(sizeof(column_record) == 16 && sizeof(shape_record) == 16);
static_assert(sizeof(key_record) == 36);

}  // namespace qry::schema
