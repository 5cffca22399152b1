#include <limits>
#include <string>
#include <thread>

#include <catch2/catch.hpp>

#include <qry/kit/arrow/array_view.hpp>
#include <qry/kit/arrow/batch_builder.hpp>
#include <qry/kit/arrow/binary_builder.hpp>
#include <qry/kit/arrow/decimal.hpp>
#include <qry/kit/arrow/fixed_builder.hpp>
#include <qry/kit/arrow/validate.hpp>

#include "counting_memory.hpp"

using namespace qry::arrow;
using qry::unique_array;
using qry::test::counting_memory;

namespace {

// Null, lowest, highest, null: read back, validated, and freed.
template <class T>
void check_range(const data_type& type, T low, T high) {
    INFO(type.name());
    counting_memory memory;
    fixed_builder<T> builder(type, memory.handle());
    builder.append_null();
    builder.append(low);
    builder.append(high);
    builder.append_null();
    const unique_array array = builder.finish();
    const field column{.name = "c", .type = type};
    REQUIRE(validate(*export_field(column), *array));
    const auto view = array_view::make(column, *array);
    REQUIRE(view);
    CHECK(view->length() == 4);
    CHECK(array->null_count == 2);
    CHECK(view->is_null(0));
    CHECK(view->value<T>(1) == low);
    CHECK(view->value<T>(2) == high);
    CHECK(view->is_null(3));
    CHECK(static_cast<const std::uint8_t*>(array->buffers[0])[0] == 0b0110);
}

template <class T>
void check_range(const data_type& type) {
    check_range<T>(type, std::numeric_limits<T>::lowest(), std::numeric_limits<T>::max());
}

}  // namespace

TEST_CASE("every fixed-width type holds nulls, its lowest and its highest value") {
    check_range<std::int8_t>(type_id::int8);
    check_range<std::int16_t>(type_id::int16);
    check_range<std::int32_t>(type_id::int32);
    check_range<std::int64_t>(type_id::int64);
    check_range<std::uint8_t>(type_id::uint8);
    check_range<std::uint16_t>(type_id::uint16);
    check_range<std::uint32_t>(type_id::uint32);
    check_range<std::uint64_t>(type_id::uint64);
    check_range<float>(type_id::float32);
    check_range<double>(type_id::float64);
    check_range<std::uint16_t>(type_id::float16);
    check_range<std::int32_t>(type_id::date32);
    check_range<std::int64_t>(data_type::timestamp(time_unit::micro, "UTC"));
    check_range<std::int64_t>(data_type::time64(time_unit::nano));
    check_range<std::int64_t>(data_type::duration(time_unit::second));
    const int128 nines = power_of_ten(38) - 1;
    check_range<int128>(data_type::decimal128(38, 10), -nines, nines);
    check_range<int256>(data_type::decimal256(76, 0), int256(-nines), int256(nines));
    check_range<month_day_nano>(
        type_id::interval_month_day_nano, {INT32_MIN, INT32_MIN, INT64_MIN}, {1, 2, 3}
    );
}

TEST_CASE("a column without nulls has no bitmap, and an empty one still has its buffers") {
    fixed_builder<std::int64_t> numbers(type_id::int64, {});
    numbers.append(1);
    CHECK(numbers.finish()->buffers[0] == nullptr);
    const unique_array none = numbers.finish();
    CHECK(none->length == 0);
    CHECK(none->buffers[1] != nullptr);

    binary_builder text(type_id::utf8, {});
    const unique_array empty = text.finish();
    REQUIRE(empty->n_buffers == 3);
    CHECK(static_cast<const std::int32_t*>(empty->buffers[1])[0] == 0);
    CHECK(empty->buffers[2] != nullptr);
    CHECK(validate(*export_field({.name = "t", .type = type_id::utf8}), *empty));
}

TEST_CASE("a null after many values, and values after it, are told apart") {
    fixed_builder<std::int32_t> builder(type_id::int32, {});
    for (int i = 0; i < 1000; ++i)
        builder.append(i);
    builder.append_null();
    for (int i = 0; i < 1000; ++i)
        builder.append(i);
    const unique_array array = builder.finish();
    const field column{.name = "c", .type = type_id::int32};
    REQUIRE(validate(*export_field(column), *array));
    const auto view = array_view::make(column, *array);
    CHECK(view->is_null(1000));
    CHECK_FALSE(view->is_null(999));
    CHECK_FALSE(view->is_null(1001));
    CHECK(view->value<std::int32_t>(1001) == 0);
    // 2001 rows are 250 full bytes and one bit; the rest of the last byte is clear.
    CHECK(static_cast<const std::uint8_t*>(array->buffers[0])[250] == 1);
}

TEST_CASE("booleans take one bit each") {
    bool_builder builder({});
    for (int i = 0; i < 10; ++i)
        builder.append(i % 3 == 0);
    builder.append_null();
    const unique_array array = builder.finish();
    const auto* bits = static_cast<const std::uint8_t*>(array->buffers[1]);
    CHECK(bits[0] == 0b01001001);
    CHECK((bits[1] & 0b111) == 0b010);
    CHECK(array->null_count == 1);
}

TEST_CASE("text is one run of bytes cut by offsets") {
    binary_builder builder(type_id::utf8, {});
    builder.append("abc");
    builder.append_null();
    builder.append("");
    char* place = builder.prepare(10);
    place[0] = 'x';
    place[1] = 'y';
    builder.commit(2);
    (void)builder.prepare(5);
    builder.append(std::string_view());
    CHECK(builder.payload() == 5);
    CHECK(builder.view(3) == "xy");
    const unique_array array = builder.finish();
    const auto* offsets = static_cast<const std::int32_t*>(array->buffers[1]);
    CHECK(
        std::vector<std::int32_t>(offsets, offsets + 6) ==
        std::vector<std::int32_t>{0, 3, 3, 3, 5, 5}
    );
    CHECK(std::string(static_cast<const char*>(array->buffers[2]), 5) == "abcxy");
}

TEST_CASE("a column that would outgrow its offsets says so before it writes") {
    binary_builder builder(type_id::utf8, {});
    builder.append("abc");
    CHECK(builder.room(2'147'483'644));
    CHECK_FALSE(builder.room(2'147'483'645));
    CHECK_THROWS_AS(builder.prepare(2'147'483'645), column_full);
    CHECK(builder.length() == 1);
    large_binary_builder large(type_id::large_utf8, {});
    CHECK(large.room(2'147'483'648));
}

TEST_CASE("a dictionary holds each text once, and starts afresh with each batch") {
    dictionary_builder builder({});
    for (int i = 0; i < 300; ++i)
        builder.append("value " + std::to_string(i % 100));
    builder.append_null();
    CHECK(builder.distinct() == 100);
    unique_array array = builder.finish();
    REQUIRE(array->dictionary != nullptr);
    CHECK(array->dictionary->length == 100);
    const field column{.name = "d", .type = data_type::dictionary(type_id::int32, type_id::utf8)};
    REQUIRE(validate(*export_field(column), *array));
    const auto view = array_view::make(column, *array);
    CHECK(view->bytes(250) == "value 50");
    CHECK(view->is_null(300));
    builder.append("value 99");
    array = builder.finish();
    CHECK(static_cast<const std::int32_t*>(array->buffers[1])[0] == 0);
}

TEST_CASE("a batch is full at its bound of rows or of bytes") {
    const field fields[] = {
        {.name = "n", .type = type_id::int64}, {.name = "t", .type = type_id::utf8}};
    batch_builder rows(fields, {}, {.rows = 3, .bytes = 0});
    const auto add = [](batch_builder& to, std::string_view text) {
        to.column<fixed_builder<std::int64_t>>(0).append(1);
        to.column<binary_builder>(1).append(text);
        return to.end_row();
    };
    CHECK(add(rows, "a"));
    CHECK(add(rows, "b"));
    CHECK_FALSE(add(rows, "c"));
    CHECK(rows.full());
    const unique_array three = rows.finish();
    CHECK(three->length == 3);
    CHECK(three->n_children == 2);
    CHECK(rows.rows() == 0);

    // A row is 8 bytes of number, 4 of offset, and its text.
    batch_builder bytes(fields, {}, {.rows = 0, .bytes = 100});
    CHECK(add(bytes, std::string(38, 'x')));
    CHECK(bytes.byte_size() == 50);
    CHECK_FALSE(add(bytes, std::string(38, 'x')));
    CHECK(bytes.byte_size() == 100);
}

TEST_CASE("a batch whose columns do not agree on the number of rows is refused") {
    const field fields[] = {{.name = "n", .type = type_id::int64}};
    batch_builder batch(fields, {}, {.rows = 0, .bytes = 0});
    (void)batch.end_row();
    CHECK_THROWS_AS(batch.finish(), std::logic_error);
    batch.clear();
    CHECK(batch.finish()->length == 0);
}

TEST_CASE("a column given another type hands its rows back") {
    const field fields[] = {{.name = "n", .type = type_id::int64}};
    batch_builder batch(fields, {}, {.rows = 0, .bytes = 0});
    batch.column<fixed_builder<std::int64_t>>(0).append(7);
    (void)batch.end_row();
    const unique_array before = batch.retype(0, type_id::utf8);
    CHECK(static_cast<const std::int64_t*>(before->buffers[1])[0] == 7);
    batch.column<binary_builder>(0).append("7");
    CHECK(batch.byte_size() == 5);
    CHECK(batch.finish()->children[0]->n_buffers == 3);
}

TEST_CASE("buffers go back to the arena once, from another thread, after the builder is gone") {
    counting_memory memory;
    const field fields[] = {
        {.name = "n", .type = type_id::int64}, {.name = "t", .type = type_id::utf8}};
    unique_array batch;
    {
        batch_builder builder(fields, memory.handle(), {.rows = 0, .bytes = 0});
        builder.column<fixed_builder<std::int64_t>>(0).append(1);
        builder.column(1).append_null();
        (void)builder.end_row();
        batch = builder.finish();
    }
    // Numbers; bitmap and offsets of the text, which has no bytes.
    CHECK(memory.live() == 3);
    // A child that was moved away outlives its parent.
    unique_array child(batch->children[1]);
    std::thread([&] { batch.reset(); }).join();
    CHECK(memory.live() == 2);
    child.reset();
    CHECK(memory.live() == 0);
}

TEST_CASE("the next batch takes its memory at once") {
    counting_memory memory;
    fixed_builder<std::int64_t> builder(type_id::int64, memory.handle());
    for (int i = 0; i < 10'000; ++i)
        builder.append(i);
    (void)builder.finish();
    const int before = memory.taken();
    CHECK(before > 5);
    for (int i = 0; i < 10'000; ++i)
        builder.append(i);
    CHECK(memory.taken() == before + 1);
}

TEST_CASE("when memory runs out at any step, nothing leaks and the builder can be cleared") {
    const field fields[] = {
        {.name = "n", .type = type_id::int64},
        {.name = "t", .type = type_id::utf8},
        {.name = "b", .type = type_id::boolean},
        {.name = "l", .type = data_type::list(type_id::int32)}};
    int step = 0;
    bool done = false;
    for (; !done; ++step) {
        counting_memory memory;
        batch_builder batch(fields, memory.handle(), {.rows = 0, .bytes = 0});
        memory.fail_after(step);
        try {
            for (int i = 0; i < 100; ++i) {
                batch.column<fixed_builder<std::int64_t>>(0).append(i);
                batch.column<binary_builder>(1).append("some text");
                for (std::size_t c = 2; c < 4; ++c)
                    batch.column(c).append_null();
                (void)batch.end_row();
            }
            (void)batch.finish();
            done = true;
        } catch (const std::bad_alloc&) {
            batch.clear();
            CHECK(batch.rows() == 0);
        }
    }
    CHECK(step > 10);
}
