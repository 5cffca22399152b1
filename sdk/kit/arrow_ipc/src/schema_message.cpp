#include <utility>

#include "flat.hpp"
#include "message.hpp"

namespace qry::arrow_ipc {

namespace {

using arrow::data_type;
using arrow::field;
using arrow::type_id;

// The union Type of Schema.fbs.
enum class type_kind : std::uint8_t {
    null = 1,
    integer = 2,
    floating_point = 3,
    binary = 4,
    utf8 = 5,
    boolean = 6,
    decimal = 7,
    date = 8,
    time = 9,
    timestamp = 10,
    interval = 11,
    list = 12,
    structure = 13,
    fixed_size_binary = 15,
    map = 17,
    duration = 18,
    large_binary = 19,
    large_utf8 = 20,
    large_list = 21,
};

struct type_table {
    type_kind kind;
    any_offset table;
};

// Builds the schema's table from its leaves on, as FlatBuffers wants it.
class schema_builder {
public:
    schema_builder() {
        // Every value is written, also where it is the default of its slot.
        to_.ForceDefaults(true);
    }

    std::vector<std::byte> finish(const field& rows) {
        const any_offset fields = add_fields(rows.type.children());
        const any_offset pairs = add_metadata(rows.metadata);
        const auto start = to_.StartTable();
        to_.AddElement<std::int16_t>(slot(0), 0);  // little endian
        to_.AddOffset(slot(1), fields);
        to_.AddOffset(slot(2), pairs);
        const any_offset header = end_table(to_, start);
        return finish_message(to_, header_kind::schema, header, 0);
    }

private:
    any_offset add_fields(std::span<const field> fields) {
        std::vector<any_offset> tables;
        tables.reserve(fields.size());
        for (const field& f : fields)
            tables.push_back(add_field(f));
        return vector_of(to_, tables);
    }

    any_offset add_metadata(const arrow::metadata& pairs) {
        if (pairs.empty()) return {};
        std::vector<any_offset> tables;
        for (const auto& [key, value] : pairs) {
            const auto k = to_.CreateString(key);
            const auto v = to_.CreateString(value);
            const auto start = to_.StartTable();
            to_.AddOffset(slot(0), k);
            to_.AddOffset(slot(1), v);
            tables.push_back(end_table(to_, start));
        }
        return vector_of(to_, tables);
    }

    // A dictionary is a field of its values' type, with the index told beside it.
    any_offset add_field(const field& f) {
        const bool coded = f.type.id() == type_id::dictionary;
        const data_type& type = coded ? f.type.children()[1].type : f.type;
        const any_offset dictionary = coded ? add_dictionary(f.type) : any_offset();
        const any_offset children = add_type_children(type);
        const auto name = to_.CreateString(f.name);
        const type_table made = add_type(type);
        const any_offset pairs = add_metadata(f.metadata);
        const auto start = to_.StartTable();
        to_.AddOffset(slot(0), name);
        to_.AddElement<std::uint8_t>(slot(1), f.nullable ? 1 : 0);
        to_.AddElement<std::uint8_t>(slot(2), static_cast<std::uint8_t>(made.kind));
        to_.AddOffset(slot(3), made.table);
        to_.AddOffset(slot(4), dictionary);
        to_.AddOffset(slot(5), children);
        to_.AddOffset(slot(6), pairs);
        return end_table(to_, start);
    }

    any_offset add_dictionary(const data_type& type) {
        const std::int64_t id = next_dictionary_++;
        const any_offset index = add_type(type.children()[0].type).table;
        const auto start = to_.StartTable();
        to_.AddElement<std::int64_t>(slot(0), id);
        to_.AddOffset(slot(1), index);
        to_.AddElement<std::uint8_t>(slot(2), 0);  // no order of its own
        to_.AddElement<std::int16_t>(slot(3), 0);  // a dense array
        return end_table(to_, start);
    }

    any_offset add_type_children(const data_type& type) {
        if (type.id() != type_id::map) return add_fields(type.children());
        const std::vector<field> pair{type.children().begin(), type.children().end()};
        const field entries{
            .name = "entries", .type = data_type::structure(pair), .nullable = false};
        return add_fields({&entries, 1});
    }

    any_offset empty_table() { return end_table(to_, to_.StartTable()); }

    type_table integer(std::int32_t bits, bool is_signed) {
        const auto start = to_.StartTable();
        to_.AddElement<std::int32_t>(slot(0), bits);
        to_.AddElement<std::uint8_t>(slot(1), is_signed ? 1 : 0);
        return {type_kind::integer, end_table(to_, start)};
    }

    // A table of one short: precision of a float, unit of a date, interval or duration.
    type_table with_short(type_kind kind, int value) {
        const auto start = to_.StartTable();
        to_.AddElement<std::int16_t>(slot(0), static_cast<std::int16_t>(value));
        return {kind, end_table(to_, start)};
    }

    type_table decimal(const data_type& type) {
        const auto start = to_.StartTable();
        to_.AddElement<std::int32_t>(slot(0), type.precision());
        to_.AddElement<std::int32_t>(slot(1), type.scale());
        to_.AddElement<std::int32_t>(slot(2), type.row_bits());
        return {type_kind::decimal, end_table(to_, start)};
    }

    type_table time(const data_type& type) {
        const auto start = to_.StartTable();
        to_.AddElement<std::int16_t>(slot(0), static_cast<std::int16_t>(type.unit()));
        to_.AddElement<std::int32_t>(slot(1), type.row_bits());
        return {type_kind::time, end_table(to_, start)};
    }

    type_table timestamp(const data_type& type) {
        any_offset zone;
        if (!type.zone().empty()) {
            zone = any_offset(to_.CreateString(type.zone().data(), type.zone().size()).o);
        }
        const auto start = to_.StartTable();
        to_.AddElement<std::int16_t>(slot(0), static_cast<std::int16_t>(type.unit()));
        to_.AddOffset(slot(1), zone);
        return {type_kind::timestamp, end_table(to_, start)};
    }

    type_table fixed_size_binary(const data_type& type) {
        const auto start = to_.StartTable();
        to_.AddElement<std::int32_t>(slot(0), type.width());
        return {type_kind::fixed_size_binary, end_table(to_, start)};
    }

    type_table map() {
        const auto start = to_.StartTable();
        to_.AddElement<std::uint8_t>(slot(0), 0);  // keys in any order
        return {type_kind::map, end_table(to_, start)};
    }

    type_table add_type(const data_type& type);

    FlatBufferBuilder to_;
    // Depth first, as stream_writer numbers them again for each batch.
    std::int64_t next_dictionary_ = 0;
};

type_table schema_builder::add_type(const data_type& type) {
    // time_unit counts as TimeUnit does: seconds, milli, micro, nano.
    const int unit = static_cast<int>(type.unit());
    switch (type.id()) {
        case type_id::null:
            return {type_kind::null, empty_table()};
        case type_id::boolean:
            return {type_kind::boolean, empty_table()};
        case type_id::int8:
        case type_id::int16:
        case type_id::int32:
        case type_id::int64:
            return integer(type.row_bits(), true);
        case type_id::uint8:
        case type_id::uint16:
        case type_id::uint32:
        case type_id::uint64:
            return integer(type.row_bits(), false);
        case type_id::float16:
            return with_short(type_kind::floating_point, 0);
        case type_id::float32:
            return with_short(type_kind::floating_point, 1);
        case type_id::float64:
            return with_short(type_kind::floating_point, 2);
        case type_id::decimal128:
        case type_id::decimal256:
            return decimal(type);
        case type_id::utf8:
            return {type_kind::utf8, empty_table()};
        case type_id::large_utf8:
            return {type_kind::large_utf8, empty_table()};
        case type_id::binary:
            return {type_kind::binary, empty_table()};
        case type_id::large_binary:
            return {type_kind::large_binary, empty_table()};
        case type_id::fixed_size_binary:
            return fixed_size_binary(type);
        case type_id::date32:
            return with_short(type_kind::date, 0);
        case type_id::date64:
            return with_short(type_kind::date, 1);
        case type_id::time32:
        case type_id::time64:
            return time(type);
        case type_id::timestamp:
            return timestamp(type);
        case type_id::duration:
            return with_short(type_kind::duration, unit);
        case type_id::interval_months:
            return with_short(type_kind::interval, 0);
        case type_id::interval_day_time:
            return with_short(type_kind::interval, 1);
        case type_id::interval_month_day_nano:
            return with_short(type_kind::interval, 2);
        case type_id::list:
            return {type_kind::list, empty_table()};
        case type_id::large_list:
            return {type_kind::large_list, empty_table()};
        case type_id::structure:
            return {type_kind::structure, empty_table()};
        case type_id::map:
            return map();
        case type_id::dictionary:
            break;
    }
    // The values of a dictionary are never dictionaries: stream_writer::begin refuses them.
    return {type_kind::null, empty_table()};
}

}  // namespace

std::vector<std::byte> schema_message(const field& rows) {
    return schema_builder().finish(rows);
}

}  // namespace qry::arrow_ipc
