// What a column holds, as a value: its C format string, its name as pyarrow prints it, and schemas
// made of such fields.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <qry/arrow.hpp>
#include <qry/result.hpp>

namespace qry::arrow {

enum class type_id : std::uint8_t {
    null,
    boolean,
    int8,
    int16,
    int32,
    int64,
    uint8,
    uint16,
    uint32,
    uint64,
    float16,
    float32,
    float64,
    decimal128,
    decimal256,
    utf8,
    large_utf8,
    binary,
    large_binary,
    fixed_size_binary,
    // Days since 1970-01-01 as int32.
    date32,
    // Milliseconds as int64, whole days.
    date64,
    // Seconds or milliseconds since midnight as int32.
    time32,
    // Microseconds or nanoseconds since midnight as int64.
    time64,
    timestamp,
    duration,
    interval_months,
    interval_day_time,
    interval_month_day_nano,
    list,
    large_list,
    structure,
    map,
    dictionary,
};

enum class time_unit : std::uint8_t { second, milli, micro, nano };

struct field;

class data_type {
public:
    data_type() = default;

    // Types without parameters. Precondition for all factories: what the name says; a type that
    // Arrow does not have (decimal128(50, 0), time32 of microseconds) is an assertion.
    data_type(type_id id) noexcept : id_(id) {}
    [[nodiscard]] static data_type decimal128(int precision, int scale) noexcept;
    [[nodiscard]] static data_type decimal256(int precision, int scale) noexcept;
    [[nodiscard]] static data_type fixed_size_binary(int width) noexcept;
    [[nodiscard]] static data_type time32(time_unit unit) noexcept;
    [[nodiscard]] static data_type time64(time_unit unit) noexcept;
    // No zone = a wall clock; "UTC" or "Europe/Berlin" = an instant, stored in UTC.
    [[nodiscard]] static data_type timestamp(time_unit unit, std::string zone = {});
    [[nodiscard]] static data_type duration(time_unit unit) noexcept;
    // The child is named "item".
    [[nodiscard]] static data_type list(data_type item);
    [[nodiscard]] static data_type list(field item);
    [[nodiscard]] static data_type large_list(field item);
    [[nodiscard]] static data_type structure(std::vector<field> fields);
    // keys are not nullable; children are named "key" and "value".
    [[nodiscard]] static data_type map(data_type key, data_type value);
    [[nodiscard]] static data_type map(field key, field value);
    // index is an integer type.
    [[nodiscard]] static data_type dictionary(data_type index, data_type value);

    [[nodiscard]] type_id id() const noexcept { return id_; }
    // Of a decimal.
    [[nodiscard]] int precision() const noexcept { return a_; }
    [[nodiscard]] int scale() const noexcept { return b_; }
    // Of a fixed_size_binary, in bytes.
    [[nodiscard]] int width() const noexcept { return a_; }
    [[nodiscard]] time_unit unit() const noexcept { return unit_; }
    // Of a timestamp; empty = none.
    [[nodiscard]] std::string_view zone() const noexcept;
    // list: the item; structure: its fields; map: key and value; dictionary: index and value.
    [[nodiscard]] std::span<const field> children() const noexcept;

    // Bits that one row takes in the values or offsets buffer (1 for boolean, 32 for utf8).
    [[nodiscard]] int row_bits() const noexcept;
    // "l", "d:10,2", "tsu:UTC", "+l"; of a dictionary that of its index.
    [[nodiscard]] std::string format() const;
    // "int64", "decimal128(10, 2)", "timestamp[us, tz=UTC]", "list<item: int32>".
    [[nodiscard]] std::string name() const;

    friend bool operator==(const data_type& a, const data_type& b);

private:
    struct nested;
    [[nodiscard]] static data_type with_children(type_id id, std::vector<field> children);

    type_id id_ = type_id::null;
    time_unit unit_ = time_unit::micro;
    int a_ = 0;
    int b_ = 0;
    std::shared_ptr<const nested> nested_;
};

using metadata = std::vector<std::pair<std::string, std::string>>;

struct field {
    std::string name;
    data_type type;
    bool nullable = true;
    // Keys of arrow.h: QRY_META_TYPE, QRY_META_LOGICAL.
    arrow::metadata metadata{};

    friend bool operator==(const field&, const field&) = default;
};

// A struct of these fields, as qry_result_head wants it. Throws std::bad_alloc only.
[[nodiscard]] unique_schema export_schema(std::span<const field> fields);
// One field on its own.
[[nodiscard]] unique_schema export_field(const field& which);

// Reads a schema made by anybody. Refuses what this library does not know (unions, views,
// run-end encoding), naming field and format.
[[nodiscard]] result<field> import_field(const ArrowSchema& schema);

// The encoding of the C data interface: int32 counts and lengths in native order.
[[nodiscard]] std::string encode_metadata(const metadata& pairs);
// `encoded` may be NULL: no pairs.
[[nodiscard]] metadata decode_metadata(const char* encoded);

}  // namespace qry::arrow
