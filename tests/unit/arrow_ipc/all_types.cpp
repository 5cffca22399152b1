// arrow_ipc_all_types FILE: a stream with a column of each type, for readers other than ours. Rows
// 0 to 9, of which 1, 4 and 7 are null; then rows 3 to 7 as a slice; then a slice without rows.
#include <cstdio>
#include <string>

#include <qry/kit/arrow/batch_builder.hpp>
#include <qry/kit/arrow/binary_builder.hpp>
#include <qry/kit/arrow/fixed_builder.hpp>
#include <qry/kit/arrow/nested_builder.hpp>
#include <qry/kit/arrow_ipc/stream_writer.hpp>

using namespace qry::arrow;

namespace {

std::vector<field> columns() {
    const auto text = data_type(type_id::utf8);
    return {
        {.name = "null", .type = type_id::null},
        {.name = "bool", .type = type_id::boolean, .metadata = {{"qry.type", "bit"}}},
        {.name = "i8", .type = type_id::int8},
        {.name = "i16", .type = type_id::int16},
        {.name = "i32", .type = type_id::int32},
        {.name = "i64", .type = type_id::int64},
        {.name = "u8", .type = type_id::uint8},
        {.name = "u16", .type = type_id::uint16},
        {.name = "u32", .type = type_id::uint32},
        {.name = "u64", .type = type_id::uint64},
        {.name = "f16", .type = type_id::float16},
        {.name = "f32", .type = type_id::float32},
        {.name = "f64", .type = type_id::float64},
        {.name = "d128", .type = data_type::decimal128(12, 2)},
        {.name = "d256", .type = data_type::decimal256(60, 3)},
        {.name = "utf8", .type = text},
        {.name = "large_utf8", .type = type_id::large_utf8},
        {.name = "binary", .type = type_id::binary},
        {.name = "large_binary", .type = type_id::large_binary},
        {.name = "fixed", .type = data_type::fixed_size_binary(3)},
        {.name = "date32", .type = type_id::date32},
        {.name = "date64", .type = type_id::date64},
        {.name = "time_s", .type = data_type::time32(time_unit::second)},
        {.name = "time_ms", .type = data_type::time32(time_unit::milli)},
        {.name = "time_us", .type = data_type::time64(time_unit::micro)},
        {.name = "time_ns", .type = data_type::time64(time_unit::nano)},
        {.name = "wall", .type = data_type::timestamp(time_unit::micro)},
        {.name = "instant", .type = data_type::timestamp(time_unit::milli, "Europe/Berlin")},
        {.name = "duration", .type = data_type::duration(time_unit::second)},
        {.name = "interval", .type = type_id::interval_month_day_nano},
        {.name = "list", .type = data_type::list(type_id::int32)},
        {.name = "large_list", .type = data_type::large_list({.name = "item", .type = text})},
        {.name = "struct",
         .type = data_type::structure(
             {{.name = "a", .type = type_id::int16}, {.name = "b", .type = type_id::boolean}}
         )},
        {.name = "map", .type = data_type::map(text, type_id::int8)},
        {.name = "dictionary", .type = data_type::dictionary(type_id::int32, text)},
        {.name = "row", .type = type_id::int64, .nullable = false},
    };
}

template <class T>
void add_fixed(column_builder& to, T value) {
    static_cast<fixed_builder<T>&>(to).append(value);
}

// Integers of a column are the row's number, in that column's unit.
void add_number(column_builder& to, int row) {
    switch (to.type().row_bits()) {
        case 8:
            return add_fixed(to, static_cast<std::int8_t>(row));
        case 16:
            return add_fixed(to, static_cast<std::int16_t>(row));
        case 32:
            return add_fixed(to, static_cast<std::int32_t>(row));
        default:
            return add_fixed(to, static_cast<std::int64_t>(row));
    }
}

void add_nested(column_builder& to, int row) {
    const std::string text = "v" + std::to_string(row);
    switch (to.type().id()) {
        case type_id::list: {
            auto& list = static_cast<list_builder&>(to);
            list.append();
            for (int i = 0; i < row % 4; ++i)
                add_number(list.items(), row + i);
            return;
        }
        case type_id::large_list: {
            auto& list = static_cast<large_list_builder&>(to);
            list.append();
            list.items<binary_builder>().append(text);
            return list.items().append_null();
        }
        case type_id::structure: {
            auto& pair = static_cast<struct_builder&>(to);
            add_number(pair.child(0), row);
            pair.child<bool_builder>(1).append(row % 2 == 0);
            return pair.append();
        }
        default: {
            auto& map = static_cast<map_builder&>(to);
            map.append();
            static_cast<binary_builder&>(map.keys()).append(text);
            return add_number(map.items(), row);
        }
    }
}

void add(column_builder& to, int row) {
    const std::string text = "text " + std::to_string(row);
    switch (to.type().id()) {
        case type_id::null:
            return to.append_null();
        case type_id::boolean:
            return static_cast<bool_builder&>(to).append(row % 2 == 0);
        case type_id::uint8:
            return add_fixed(to, static_cast<std::uint8_t>(row));
        case type_id::uint16:
            return add_fixed(to, static_cast<std::uint16_t>(row));
        case type_id::uint32:
            return add_fixed(to, static_cast<std::uint32_t>(row));
        case type_id::uint64:
            return add_fixed(to, ~static_cast<std::uint64_t>(row));
        case type_id::float16:
            return add_fixed(to, std::uint16_t{0x3E00});  // 1.5
        case type_id::float32:
            return add_fixed(to, static_cast<float>(row) / 4);
        case type_id::float64:
            return add_fixed(to, static_cast<double>(row) / 8);
        case type_id::decimal128:
            return add_fixed(to, int128{row * 101});
        case type_id::decimal256:
            return add_fixed(to, int256(int128{-row}));
        case type_id::utf8:
        case type_id::binary:
            return static_cast<binary_builder&>(to).append(text);
        case type_id::large_utf8:
        case type_id::large_binary:
            return static_cast<large_binary_builder&>(to).append(text);
        case type_id::fixed_size_binary: {
            const std::uint8_t bytes[] = {'a', 'b', static_cast<std::uint8_t>('0' + row)};
            return static_cast<fixed_binary_builder&>(to).append(bytes);
        }
        case type_id::date64:
            return add_fixed(to, std::int64_t{row} * 86'400'000);
        case type_id::interval_month_day_nano:
            return add_fixed(to, month_day_nano{row, -row, row * std::int64_t{1'000}});
        case type_id::list:
        case type_id::large_list:
        case type_id::structure:
        case type_id::map:
            return add_nested(to, row);
        case type_id::dictionary:
            return static_cast<dictionary_builder&>(to).append(row < 5 ? "low" : "high");
        default:
            return add_number(to, row);
    }
}

}  // namespace

int main(int argc, char** argv) {
    std::FILE* file = argc == 2 ? std::fopen(argv[1], "wb") : nullptr;
    if (file == nullptr) return 2;
    const field rows{
        .name = "", .type = data_type::structure(columns()), .metadata = {{"made by", "qry"}}};
    batch_builder builder(rows.type.children(), {}, {.rows = 0, .bytes = 0});
    for (int row = 0; row < 10; ++row) {
        for (std::size_t i = 0; i < builder.column_count(); ++i) {
            auto& column = builder.column(i);
            if (row % 3 == 1 && rows.type.children()[i].nullable) {
                column.append_null();
            } else {
                add(column, row);
            }
        }
        (void)builder.end_row();
    }
    const auto whole = builder.finish();
    ArrowArray slice = *whole;
    slice.offset = 3;
    slice.length = 5;
    ArrowArray nothing = *whole;
    nothing.offset = 10;
    nothing.length = 0;

    qry::arrow_ipc::stream_writer writer([&](std::span<const std::byte> bytes) {
        const bool kept = std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size();
        return kept ? qry::result<void>() : qry::error{.message = "cannot write"};
    });
    qry::result<void> last = writer.begin(*export_field(rows));
    for (const ArrowArray* batch : {whole.get(), &std::as_const(slice), &std::as_const(nothing)})
        if (last) last = writer.write(*batch);
    if (last) last = writer.end();
    if (!last) std::fprintf(stderr, "%s\n", last.error().message.c_str());
    return std::fclose(file) == 0 && last ? 0 : 1;
}
