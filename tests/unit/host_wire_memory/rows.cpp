#include "rows.hpp"

#include <fcntl.h>

#include <cstdlib>
#include <cstring>
#include <limits>

#include <catch2/catch.hpp>

#include <qry/kit/arrow/array_view.hpp>
#include <qry/kit/arrow/batch_builder.hpp>
#include <qry/kit/arrow/binary_builder.hpp>
#include <qry/kit/arrow/decimal.hpp>
#include <qry/kit/arrow/fixed_builder.hpp>
#include <qry/kit/arrow/nested_builder.hpp>

#include "abi/host_services.hpp"

namespace qry::test {

using namespace qry::arrow;

namespace {

constexpr int null_turn = 0;
constexpr int least_turn = 1;
constexpr int greatest_turn = 2;
constexpr int empty_turn = 3;
constexpr int huge_turn = 5;
constexpr int turns = 6;

template <class T>
void add_fixed(column_builder& to, int turn) {
    auto& builder = static_cast<fixed_builder<T>&>(to);
    if constexpr (std::numeric_limits<T>::is_specialized) {
        if (turn == least_turn) return builder.append(std::numeric_limits<T>::lowest());
        if (turn == greatest_turn) return builder.append(std::numeric_limits<T>::max());
    }
    builder.append(turn == empty_turn ? T{} : static_cast<T>(42 + turn));
}

void add_decimal(column_builder& to, int turn) {
    const int128 greatest = power_of_ten(to.type().precision()) - 1;
    const int128 value = turn == least_turn      ? -greatest
                         : turn == greatest_turn ? greatest
                                                 : int128{turn - empty_turn};
    static_cast<fixed_builder<int128>&>(to).append(value);
}

void add_wide_decimal(column_builder& to, int turn) {
    int256 value(power_of_ten(38) - 1);
    if (turn == empty_turn) value = int256();
    if (turn == least_turn) value.negate();
    static_cast<fixed_builder<int256>&>(to).append(value);
}

std::string text_for(int turn, std::size_t huge) {
    if (turn == empty_turn) return {};
    if (turn == huge_turn) return std::string(huge, 'x');
    if (turn == greatest_turn) return "\xF4\x8F\xBF\xBF";
    return turn == least_turn ? "a" : "gr\xC3\xBC\xC3\x9F \xE2\x82\xAC \xF0\x9F\xA6\x86";
}

void add(column_builder& to, int turn, std::size_t huge);

void add_nested(column_builder& to, int turn, std::size_t huge) {
    const int items = turn == empty_turn ? 0 : turn;
    switch (to.type().id()) {
        case type_id::list: {
            auto& list = static_cast<list_builder&>(to);
            list.append();
            for (int i = 0; i < items; ++i)
                add(list.items(), i, huge);
            return;
        }
        case type_id::large_list: {
            auto& list = static_cast<large_list_builder&>(to);
            list.append();
            for (int i = 0; i < items; ++i)
                add(list.items(), i, huge);
            return;
        }
        case type_id::structure: {
            auto& structure = static_cast<struct_builder&>(to);
            for (column_builder* child : structure.children())
                add(*child, turn, huge);
            return structure.append();
        }
        default: {
            auto& map = static_cast<map_builder&>(to);
            map.append();
            for (int i = 0; i < items; ++i) {
                // Keys are never null.
                add(map.keys(), i == null_turn ? empty_turn : i, huge);
                add(map.items(), i, huge);
            }
        }
    }
}

// Fixed-width values by the type that their builder was made for.
bool add_number(column_builder& to, int turn) {
    switch (to.type().id()) {
        case type_id::int8:
            return add_fixed<std::int8_t>(to, turn), true;
        case type_id::int16:
            return add_fixed<std::int16_t>(to, turn), true;
        case type_id::int32:
        case type_id::date32:
        case type_id::time32:
        case type_id::interval_months:
            return add_fixed<std::int32_t>(to, turn), true;
        case type_id::int64:
        case type_id::date64:
        case type_id::time64:
        case type_id::timestamp:
        case type_id::duration:
        case type_id::interval_day_time:
            return add_fixed<std::int64_t>(to, turn), true;
        case type_id::uint8:
            return add_fixed<std::uint8_t>(to, turn), true;
        case type_id::uint16:
        case type_id::float16:
            return add_fixed<std::uint16_t>(to, turn), true;
        case type_id::uint32:
            return add_fixed<std::uint32_t>(to, turn), true;
        case type_id::uint64:
            return add_fixed<std::uint64_t>(to, turn), true;
        case type_id::float32:
            return add_fixed<float>(to, turn), true;
        case type_id::float64:
            return add_fixed<double>(to, turn), true;
        default:
            return false;
    }
}

void add(column_builder& to, int turn, std::size_t huge) {
    if (turn == null_turn) return to.append_null();
    if (add_number(to, turn)) return;
    switch (to.type().id()) {
        case type_id::null:
            return to.append_null();
        case type_id::boolean:
            return static_cast<bool_builder&>(to).append(turn % 2 == 0);
        case type_id::decimal128:
            return add_decimal(to, turn);
        case type_id::decimal256:
            return add_wide_decimal(to, turn);
        case type_id::interval_month_day_nano:
            return static_cast<fixed_builder<month_day_nano>&>(to).append({turn, -turn, 7});
        case type_id::fixed_size_binary:
            std::memset(static_cast<fixed_binary_builder&>(to).append(), turn, 3);
            return;
        case type_id::utf8:
        case type_id::binary:
            return static_cast<binary_builder&>(to).append(text_for(turn, huge));
        case type_id::large_utf8:
        case type_id::large_binary:
            return static_cast<large_binary_builder&>(to).append(text_for(turn, huge));
        case type_id::dictionary:
            return static_cast<dictionary_builder&>(to).append(text_for(turn, huge));
        default:
            return add_nested(to, turn, huge);
    }
}

}  // namespace

std::vector<field> all_fields() {
    const data_type text(type_id::utf8);
    const data_type inner = data_type::structure(
        {{.name = "a", .type = type_id::int16},
         {.name = "b", .type = type_id::boolean},
         {.name = "c", .type = data_type::list(text)}}
    );
    const std::vector<data_type> types = {
        type_id::null,
        type_id::boolean,
        type_id::int8,
        type_id::int16,
        type_id::int32,
        type_id::int64,
        type_id::uint8,
        type_id::uint16,
        type_id::uint32,
        type_id::uint64,
        type_id::float16,
        type_id::float32,
        type_id::float64,
        data_type::decimal128(38, 2),
        data_type::decimal256(60, 3),
        text,
        type_id::large_utf8,
        type_id::binary,
        type_id::large_binary,
        data_type::fixed_size_binary(3),
        type_id::date32,
        type_id::date64,
        data_type::time32(time_unit::milli),
        data_type::time64(time_unit::nano),
        data_type::timestamp(time_unit::micro),
        data_type::timestamp(time_unit::nano, "Europe/Berlin"),
        data_type::duration(time_unit::second),
        type_id::interval_months,
        type_id::interval_day_time,
        type_id::interval_month_day_nano,
        data_type::list(type_id::int32),
        data_type::large_list({.name = "item", .type = text}),
        inner,
        data_type::map(text, data_type::list(inner)),
        data_type::dictionary(type_id::int32, text),
    };
    std::vector<field> out;
    for (const data_type& type : types)
        out.push_back({.name = "c" + std::to_string(out.size()), .type = type});
    return out;
}

field rows_of(std::vector<field> fields) {
    return {.name = {}, .type = data_type::structure(std::move(fields)), .nullable = false};
}

unique_array make_rows(const field& type, int rows, memory from, std::size_t huge) {
    batch_builder builder(type.type.children(), from, {.rows = 0, .bytes = 0});
    for (int row = 0; row < rows; ++row) {
        for (std::size_t i = 0; i < builder.column_count(); ++i)
            add(builder.column(i), row % turns, huge);
    }
    builder.end_rows(rows);
    return builder.finish();
}

ArrowArray sliced(const ArrowArray& rows, std::int64_t first, std::int64_t count) {
    ArrowArray out = rows;
    out.offset += first;
    out.length = count;
    return out;
}

std::string text_of(const field& type, const ArrowArray& rows) {
    const auto view = array_view::make(type, rows);
    if (!view) return view.error().message;
    std::string out;
    for (std::int64_t row = 0; row < view->length(); ++row) {
        append_cell(out, *view, row);
        out += '\n';
    }
    return out;
}

memory_pair::memory_pair(std::uint64_t bytes)
    : source_(std::make_shared<wire::segment_source>(bytes)),
      arena_(qry_arena::make(
          SIZE_MAX,
          {.alloc = [source = source_](std::size_t n) { return source->alloc(n); },
           .free = [source = source_](void* p, std::size_t n) { source->free(p, n); }}
      )) {}

memory_pair::~memory_pair() {
    for (auto [block, size] : copied_)
        source_->free(block, size);
}

memory memory_pair::builders() const {
    return {&abi::host_services(), arena_.get()};
}

void memory_pair::tell() {
    for (const auto& made : source_->after(told_)) {
        const auto known = map_.add(
            made.number, made.bytes, registry::unique_fd(::fcntl(made.fd, F_DUPFD_CLOEXEC, 0))
        );
        REQUIRE(known.has_value());
        told_ = made.number;
    }
}

wire::sharing memory_pair::sharing() {
    return {
        .where = [this](const void* at, std::size_t size) { return source_->find(at, size); },
        .copy =
            [this](std::size_t size) {
                void* block = source_->alloc(size);
                if (block != nullptr) copied_.emplace_back(block, size);
                return block;
            }};
}

wire::landing memory_pair::landing() {
    return {
        .alloc = [this](std::size_t size) -> void* {
            if (starved_) return nullptr;
            ++blocks_;
            return std::aligned_alloc(64, (size + 63) / 64 * 64);
        },
        .free =
            [this](void* block, std::size_t) {
                --blocks_;
                std::free(block);
            },
        .on_release = [this](std::uint64_t id) { released_.push_back(id); }};
}

}  // namespace qry::test
