#include <string>

#include <catch2/catch.hpp>

#include <qry/kit/arrow/array_view.hpp>
#include <qry/kit/arrow/binary_builder.hpp>
#include <qry/kit/arrow/decimal.hpp>
#include <qry/kit/arrow/fixed_builder.hpp>
#include <qry/kit/arrow/nested_builder.hpp>
#include <qry/kit/arrow/validate.hpp>

using namespace qry::arrow;
using qry::unique_array;

namespace {

// The cells of a column as text.
std::vector<std::string> cells(const data_type& type, const ArrowArray& array) {
    const field column{.name = "c", .type = type};
    const auto valid = validate(*export_field(column), array);
    if (!valid) FAIL(valid.error().message);
    const auto view = array_view::make(column, array);
    std::vector<std::string> out;
    for (std::int64_t row = 0; row < view->length(); ++row)
        out.push_back(format_cell(*view, row));
    return out;
}

std::string cell(const data_type& type, const ArrowArray& array) {
    return cells(type, array)[0];
}

}  // namespace

TEST_CASE("lists hold their items, nothing, or are null") {
    const data_type type = data_type::list(type_id::int32);
    list_builder builder(type, {});
    builder.append();
    builder.items<fixed_builder<std::int32_t>>().append(1);
    builder.items().append_null();
    builder.append_null();
    builder.append();
    builder.append();
    builder.items<fixed_builder<std::int32_t>>().append(2);
    const unique_array array = builder.finish();
    const auto* offsets = static_cast<const std::int32_t*>(array->buffers[1]);
    CHECK(
        std::vector<std::int32_t>(offsets, offsets + 5) == std::vector<std::int32_t>{0, 2, 2, 2, 3}
    );
    CHECK(cells(type, *array) == std::vector<std::string>{"[1, null]", "null", "[]", "[2]"});
    CHECK(builder.finish()->length == 0);
}

TEST_CASE("large lists of text quote their items") {
    const data_type type = data_type::large_list({.name = "item", .type = type_id::utf8});
    large_list_builder builder(type, {});
    builder.append();
    builder.items<binary_builder>().append("a \"b\"\n");
    CHECK(cell(type, *builder.finish()) == R"(["a \"b\"\n"])");
}

TEST_CASE("structs hold a value for each field, and nulls of their own") {
    const data_type type = data_type::structure(
        {{.name = "a", .type = type_id::int64}, {.name = "b", .type = type_id::utf8}}
    );
    struct_builder builder(type, {});
    builder.child<fixed_builder<std::int64_t>>(0).append(1);
    builder.child(1).append_null();
    builder.append();
    builder.append_null();
    CHECK(
        cells(type, *builder.finish()) == std::vector<std::string>{R"({"a": 1, "b": null})", "null"}
    );
    builder.child(0).append_null();
    CHECK_THROWS_AS(builder.finish(), std::logic_error);
    builder.clear();
    CHECK(builder.finish()->length == 0);
}

TEST_CASE("maps hold pairs, and refuse a null key") {
    const data_type type = data_type::map(type_id::utf8, type_id::int8);
    map_builder builder(type, {});
    builder.append();
    static_cast<binary_builder&>(builder.keys()).append("k");
    static_cast<fixed_builder<std::int8_t>&>(builder.items()).append(-1);
    builder.append_null();
    builder.append();
    CHECK(cells(type, *builder.finish()) == std::vector<std::string>{R"({"k": -1})", "null", "{}"});
    builder.append();
    builder.keys().append_null();
    builder.items().append_null();
    CHECK_THROWS_AS(builder.finish(), std::logic_error);
}

TEST_CASE("make_builder builds every type, also nested, and one null row of it") {
    const data_type types[] = {
        type_id::null,
        type_id::boolean,
        type_id::float16,
        type_id::large_binary,
        data_type::fixed_size_binary(3),
        data_type::decimal256(50, 5),
        type_id::interval_months,
        type_id::interval_day_time,
        type_id::interval_month_day_nano,
        data_type::dictionary(type_id::int32, type_id::utf8),
        data_type::list(data_type::list(type_id::utf8)),
        data_type::structure({{.name = "l", .type = data_type::list(type_id::date64)}}),
        data_type::map(type_id::int32, data_type::list(type_id::boolean)),
    };
    for (const data_type& type : types) {
        INFO(type.name());
        const auto builder = make_builder(type, {});
        CHECK(builder->type() == type);
        builder->append_null();
        CHECK(cells(type, *builder->finish()) == std::vector<std::string>{"null"});
    }
    CHECK_THROWS_AS(
        make_builder(data_type::dictionary(type_id::int8, type_id::utf8), {}), std::invalid_argument
    );
}

TEST_CASE("cells are printed so that people read them") {
    const auto fixed = [](const data_type& type, auto value) {
        fixed_builder<decltype(value)> builder(type, {});
        builder.append(value);
        return cell(type, *builder.finish());
    };
    CHECK(fixed(type_id::uint64, ~std::uint64_t{0}) == "18446744073709551615");
    CHECK(fixed(type_id::float64, 0.1) == "0.1");
    CHECK(fixed(type_id::float32, 0.1F) == "0.1");
    CHECK(fixed(type_id::float64, -std::numeric_limits<double>::infinity()) == "-inf");
    CHECK(fixed(type_id::float64, std::numeric_limits<double>::quiet_NaN()) == "nan");
    // Sign 0, exponent 15, mantissa 512 of 1024: 1.5.
    CHECK(fixed(type_id::float16, std::uint16_t{0x3E00}) == "1.5");
    CHECK(fixed(data_type::decimal128(10, 2), int128{1250}) == "12.50");
    CHECK(fixed(type_id::date32, std::int32_t{19782}) == "2024-02-29");
    CHECK(fixed(type_id::date64, std::int64_t{-86'400'000}) == "1969-12-31");
    CHECK(fixed(data_type::time32(time_unit::milli), std::int32_t{1500}) == "00:00:01.5");
    CHECK(fixed(data_type::timestamp(time_unit::second), std::int64_t{0}) == "1970-01-01 00:00:00");
    CHECK(
        fixed(data_type::timestamp(time_unit::second, "UTC"), std::int64_t{0}) ==
        "1970-01-01 00:00:00Z"
    );
    CHECK(fixed(data_type::duration(time_unit::second), std::int64_t{61}) == "PT1M1S");
    CHECK(
        fixed(type_id::interval_month_day_nano, month_day_nano{14, -1, 1'500'000'000}) ==
        "1 year 2 mons -1 day 00:00:01.5"
    );
    CHECK(fixed(type_id::interval_month_day_nano, month_day_nano{0, 3, 0}) == "3 days");
    CHECK(fixed(type_id::interval_month_day_nano, month_day_nano{}) == "00:00:00");

    binary_builder bytes(type_id::binary, {});
    bytes.append(std::string_view("\0\xFF", 2));
    CHECK(cell(type_id::binary, *bytes.finish()) == "\\x00ff");
}

TEST_CASE("a slice is read from its offset on, with its children") {
    const data_type type = data_type::structure({{.name = "a", .type = type_id::int64}});
    struct_builder builder(type, {});
    for (std::int64_t i = 0; i < 5; ++i) {
        builder.child<fixed_builder<std::int64_t>>(0).append(i);
        builder.append();
    }
    const unique_array array = builder.finish();
    ArrowArray slice = *array;
    slice.offset = 2;
    slice.length = 2;
    CHECK(cells(type, slice) == std::vector<std::string>{R"({"a": 2})", R"({"a": 3})"});
}
