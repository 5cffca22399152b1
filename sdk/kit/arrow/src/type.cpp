#include <qry/kit/arrow/type.hpp>

#include <algorithm>
#include <cassert>

namespace qry::arrow {

struct data_type::nested {
    std::string zone;
    std::vector<field> children;
};

data_type data_type::decimal128(int precision, int scale) noexcept {
    assert(precision >= 1 && precision <= 38);
    data_type t(type_id::decimal128);
    t.a_ = precision;
    t.b_ = scale;
    return t;
}

data_type data_type::decimal256(int precision, int scale) noexcept {
    assert(precision >= 1 && precision <= 76);
    data_type t(type_id::decimal256);
    t.a_ = precision;
    t.b_ = scale;
    return t;
}

data_type data_type::fixed_size_binary(int width) noexcept {
    assert(width > 0);
    data_type t(type_id::fixed_size_binary);
    t.a_ = width;
    return t;
}

data_type data_type::time32(time_unit unit) noexcept {
    assert(unit == time_unit::second || unit == time_unit::milli);
    data_type t(type_id::time32);
    t.unit_ = unit;
    return t;
}

data_type data_type::time64(time_unit unit) noexcept {
    assert(unit == time_unit::micro || unit == time_unit::nano);
    data_type t(type_id::time64);
    t.unit_ = unit;
    return t;
}

data_type data_type::timestamp(time_unit unit, std::string zone) {
    data_type t(type_id::timestamp);
    t.unit_ = unit;
    if (!zone.empty()) t.nested_ = std::make_shared<nested>(nested{std::move(zone), {}});
    return t;
}

data_type data_type::duration(time_unit unit) noexcept {
    data_type t(type_id::duration);
    t.unit_ = unit;
    return t;
}

data_type data_type::with_children(type_id id, std::vector<field> children) {
    data_type t(id);
    t.nested_ = std::make_shared<nested>(nested{{}, std::move(children)});
    return t;
}

data_type data_type::list(data_type item) {
    return list(field{.name = "item", .type = std::move(item)});
}

data_type data_type::list(field item) {
    return with_children(type_id::list, {std::move(item)});
}

data_type data_type::large_list(field item) {
    return with_children(type_id::large_list, {std::move(item)});
}

data_type data_type::structure(std::vector<field> fields) {
    return with_children(type_id::structure, std::move(fields));
}

data_type data_type::map(data_type key, data_type value) {
    return map(
        field{.name = "key", .type = std::move(key), .nullable = false},
        field{.name = "value", .type = std::move(value)}
    );
}

data_type data_type::map(field key, field value) {
    return with_children(type_id::map, {std::move(key), std::move(value)});
}

data_type data_type::dictionary(data_type index, data_type value) {
    return with_children(
        type_id::dictionary,
        {{.name = "index", .type = std::move(index)}, {.name = "value", .type = std::move(value)}}
    );
}

std::string_view data_type::zone() const noexcept {
    return nested_ ? std::string_view(nested_->zone) : std::string_view();
}

std::span<const field> data_type::children() const noexcept {
    return nested_ ? std::span<const field>(nested_->children) : std::span<const field>();
}

int data_type::row_bits() const noexcept {
    switch (id_) {
        case type_id::null:
        case type_id::structure:
            return 0;
        case type_id::boolean:
            return 1;
        case type_id::int8:
        case type_id::uint8:
            return 8;
        case type_id::int16:
        case type_id::uint16:
        case type_id::float16:
            return 16;
        case type_id::int32:
        case type_id::uint32:
        case type_id::float32:
        case type_id::utf8:
        case type_id::binary:
        case type_id::date32:
        case type_id::time32:
        case type_id::interval_months:
        case type_id::list:
        case type_id::map:
            return 32;
        case type_id::int64:
        case type_id::uint64:
        case type_id::float64:
        case type_id::large_utf8:
        case type_id::large_binary:
        case type_id::date64:
        case type_id::time64:
        case type_id::timestamp:
        case type_id::duration:
        case type_id::interval_day_time:
        case type_id::large_list:
            return 64;
        case type_id::decimal128:
        case type_id::interval_month_day_nano:
            return 128;
        case type_id::decimal256:
            return 256;
        case type_id::fixed_size_binary:
            return a_ * 8;
        case type_id::dictionary:
            return children()[0].type.row_bits();
    }
    return 0;
}

bool operator==(const data_type& a, const data_type& b) {
    if (a.id_ != b.id_ || a.a_ != b.a_ || a.b_ != b.b_ || a.unit_ != b.unit_) return false;
    if (a.zone() != b.zone()) return false;
    const auto left = a.children();
    const auto right = b.children();
    return std::equal(left.begin(), left.end(), right.begin(), right.end());
}

}  // namespace qry::arrow
