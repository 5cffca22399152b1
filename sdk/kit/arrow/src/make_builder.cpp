#include <qry/kit/arrow/column_builder.hpp>

#include <stdexcept>

#include <qry/kit/arrow/binary_builder.hpp>
#include <qry/kit/arrow/fixed_builder.hpp>
#include <qry/kit/arrow/nested_builder.hpp>

namespace qry::arrow {

namespace {

template <class T>
std::unique_ptr<column_builder> fixed(const data_type& type, memory from) {
    return std::make_unique<fixed_builder<T>>(type, from);
}

std::unique_ptr<column_builder> make_dictionary(const data_type& type, memory from) {
    const auto parts = type.children();
    if (parts[0].type.id() != type_id::int32 || parts[1].type.id() != type_id::utf8) {
        throw std::invalid_argument("no builder for " + type.name());
    }
    return std::make_unique<dictionary_builder>(from);
}

std::unique_ptr<column_builder> make_nested(const data_type& type, memory from) {
    switch (type.id()) {
        case type_id::list:
            return std::make_unique<list_builder>(type, from);
        case type_id::large_list:
            return std::make_unique<large_list_builder>(type, from);
        case type_id::structure:
            return std::make_unique<struct_builder>(type, from);
        case type_id::map:
            return std::make_unique<map_builder>(type, from);
        case type_id::dictionary:
            return make_dictionary(type, from);
        default:
            throw std::invalid_argument("no builder for " + type.name());
    }
}

}  // namespace

std::unique_ptr<column_builder> make_builder(const data_type& type, memory from) {
    switch (type.id()) {
        case type_id::null:
            return std::make_unique<null_builder>(from);
        case type_id::boolean:
            return std::make_unique<bool_builder>(from);
        case type_id::int8:
            return fixed<std::int8_t>(type, from);
        case type_id::int16:
            return fixed<std::int16_t>(type, from);
        case type_id::int32:
        case type_id::date32:
        case type_id::time32:
        case type_id::interval_months:
            return fixed<std::int32_t>(type, from);
        case type_id::int64:
        case type_id::date64:
        case type_id::time64:
        case type_id::timestamp:
        case type_id::duration:
        case type_id::interval_day_time:
            return fixed<std::int64_t>(type, from);
        case type_id::uint8:
            return fixed<std::uint8_t>(type, from);
        case type_id::uint16:
        case type_id::float16:
            return fixed<std::uint16_t>(type, from);
        case type_id::uint32:
            return fixed<std::uint32_t>(type, from);
        case type_id::uint64:
            return fixed<std::uint64_t>(type, from);
        case type_id::float32:
            return fixed<float>(type, from);
        case type_id::float64:
            return fixed<double>(type, from);
        case type_id::decimal128:
            return fixed<int128>(type, from);
        case type_id::decimal256:
            return fixed<int256>(type, from);
        case type_id::interval_month_day_nano:
            return fixed<month_day_nano>(type, from);
        case type_id::utf8:
        case type_id::binary:
            return std::make_unique<binary_builder>(type, from);
        case type_id::large_utf8:
        case type_id::large_binary:
            return std::make_unique<large_binary_builder>(type, from);
        case type_id::fixed_size_binary:
            return std::make_unique<fixed_binary_builder>(type, from);
        case type_id::list:
        case type_id::large_list:
        case type_id::structure:
        case type_id::map:
        case type_id::dictionary:
            break;
    }
    return make_nested(type, from);
}

}  // namespace qry::arrow
