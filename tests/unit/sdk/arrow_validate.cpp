#include <string>

#include <catch2/catch.hpp>

#include <qry/kit/arrow/binary_builder.hpp>
#include <qry/kit/arrow/decimal.hpp>
#include <qry/kit/arrow/fixed_builder.hpp>
#include <qry/kit/arrow/nested_builder.hpp>
#include <qry/kit/arrow/validate.hpp>

using namespace qry::arrow;
using qry::unique_array;

namespace {

// Empty when valid, else what is wrong.
std::string problem(const data_type& type, const ArrowArray& array, bool nullable = true) {
    const auto got =
        validate(*export_field({.name = "c", .type = type, .nullable = nullable}), array);
    if (got) return {};
    CHECK(got.error().kind == qry::status::plugin_error);
    return got.error().message;
}

bool contains(const std::string& text, const char* part) {
    INFO(text);
    return text.find(part) != std::string::npos;
}

template <class T>
T* values(ArrowArray& array, int buffer) {
    return static_cast<T*>(const_cast<void*>(array.buffers[buffer]));
}

unique_array three_texts() {
    binary_builder builder(type_id::utf8, {});
    builder.append("ab");
    builder.append_null();
    builder.append("cd");
    return builder.finish();
}

}  // namespace

TEST_CASE("a sound array is valid") {
    CHECK(problem(type_id::utf8, *three_texts()).empty());
}

TEST_CASE("wrong lengths, counts and structure are told") {
    const unique_array array = three_texts();
    ArrowArray bad = *array;
    bad.length = -1;
    CHECK(contains(problem(type_id::utf8, bad), "negative length"));
    bad = *array;
    bad.offset = -1;
    CHECK(contains(problem(type_id::utf8, bad), "negative offset"));
    bad = *array;
    bad.offset = INT64_MAX;
    CHECK(contains(problem(type_id::utf8, bad), "ends beyond 64 bits"));
    bad = *array;
    bad.null_count = 2;
    CHECK(contains(problem(type_id::utf8, bad), "null_count is 2 but 1 rows are null"));
    bad.null_count = 4;
    CHECK(contains(problem(type_id::utf8, bad), "counts 4 nulls in 3 rows"));
    bad.null_count = -1;
    CHECK(problem(type_id::utf8, bad).empty());
    bad = *array;
    bad.n_buffers = 2;
    CHECK(contains(problem(type_id::utf8, bad), "needs 3 buffers but has 2"));
    bad = *array;
    bad.n_children = 1;
    CHECK(contains(problem(type_id::utf8, bad), "needs 0 children but has 1"));
    bad = *array;
    bad.release = nullptr;
    CHECK(contains(problem(type_id::utf8, bad), "was released"));
    CHECK(contains(problem(type_id::utf8, *array, false), "has 1 nulls but is not nullable"));
}

TEST_CASE("missing buffers are told") {
    const unique_array array = three_texts();
    const void* buffers[3] = {array->buffers[0], nullptr, array->buffers[2]};
    ArrowArray bad = *array;
    bad.buffers = buffers;
    CHECK(contains(problem(type_id::utf8, bad), "has no buffer 1"));
    buffers[1] = array->buffers[1];
    buffers[2] = nullptr;
    CHECK(contains(problem(type_id::utf8, bad), "has no buffer 2"));
    buffers[2] = array->buffers[2];
    buffers[0] = nullptr;
    CHECK(contains(problem(type_id::utf8, bad), "no validity bitmap"));
}

TEST_CASE("offsets that fall, begin below zero or cut a character are told with their row") {
    unique_array array = three_texts();
    auto* offsets = values<std::int32_t>(*array, 1);
    offsets[2] = 1;
    CHECK(contains(problem(type_id::utf8, *array), "row 1: its end lies before its start"));
    offsets[2] = 2;
    offsets[0] = -1;
    CHECK(contains(problem(type_id::utf8, *array), "row 0: its offset is negative"));
    offsets[0] = 0;
    values<char>(*array, 2)[3] = '\xC3';
    CHECK(contains(problem(type_id::utf8, *array), "row 2: is not valid UTF-8"));
    CHECK(problem(type_id::binary, *array).empty());
}

TEST_CASE("lists, structs and maps that reach beyond their children are told") {
    const data_type list_type = data_type::list(type_id::int32);
    list_builder list(list_type, {});
    list.append();
    list.items<fixed_builder<std::int32_t>>().append(1);
    unique_array array = list.finish();
    values<std::int32_t>(*array, 1)[1] = 2;
    CHECK(contains(problem(list_type, *array), "its offsets end at 2 but there are 1 items"));

    const data_type struct_type = data_type::structure({{.name = "a", .type = type_id::int64}});
    struct_builder structure(struct_type, {});
    structure.append_null();
    array = structure.finish();
    array->children[0]->length = 0;
    array->children[0]->null_count = 0;
    CHECK(contains(problem(struct_type, *array), "field 'a' has 0 rows instead of 1"));

    const data_type map_type = data_type::map(type_id::int8, type_id::int8);
    map_builder map(map_type, {});
    map.append();
    static_cast<fixed_builder<std::int8_t>&>(map.keys()).append(1);
    map.items().append_null();
    array = map.finish();
    REQUIRE(problem(map_type, *array).empty());
    array->children[0]->length = 0;
    CHECK(contains(problem(map_type, *array), "its offsets end at 1 but there are 0 items"));
}

TEST_CASE("dictionary indices outside the values and decimals with too many digits are told") {
    const data_type type = data_type::dictionary(type_id::int32, type_id::utf8);
    dictionary_builder builder({});
    builder.append("only");
    unique_array array = builder.finish();
    for (const std::int32_t index : {1, -1}) {
        values<std::int32_t>(*array, 1)[0] = index;
        CHECK(contains(problem(type, *array), "is outside the 1 values"));
    }
    fixed_builder<int128> decimals(data_type::decimal128(3, 1), {});
    decimals.append(999);
    decimals.append(-1000);
    CHECK(contains(
        problem(data_type::decimal128(3, 1), *decimals.finish()),
        "row 1: -100.0 has too many digits"
    ));
}

TEST_CASE("a schema that does not describe the array is told") {
    CHECK(contains(problem(type_id::int64, *three_texts()), "needs 2 buffers but has 3"));
    const data_type dictionary = data_type::dictionary(type_id::int32, type_id::utf8);
    fixed_builder<std::int32_t> plain(type_id::int32, {});
    plain.append(0);
    CHECK(contains(problem(dictionary, *plain.finish()), "do not agree on having a dictionary"));
}

TEST_CASE("Text that is valid as a whole may still be cut within a character") {
    binary_builder builder(type_id::utf8, {});
    builder.append("gr\xC3\xBC\xC3\x9F");
    builder.append("e");
    builder.append("");
    unique_array array = builder.finish();
    CHECK(problem(type_id::utf8, *array).empty());
    // Row 0 ends after the first byte of its last character.
    values<std::int32_t>(*array, 1)[1] = 5;
    CHECK(contains(problem(type_id::utf8, *array), "row 0: is not valid UTF-8"));
    // The same bytes, when the slice begins behind that row.
    ArrowArray part = *array;
    part.offset = 1;
    part.length = 2;
    CHECK(contains(problem(type_id::utf8, part), "row 0: is not valid UTF-8"));
    part.offset = 2;
    part.length = 1;
    CHECK(problem(type_id::utf8, part).empty());
}

TEST_CASE("What lies under a null need not be valid") {
    binary_builder builder(type_id::utf8, {});
    builder.append("ab");
    builder.append("cd");
    builder.append_null();
    unique_array array = builder.finish();
    values<char>(*array, 2)[2] = '\xFF';
    CHECK(contains(problem(type_id::utf8, *array), "row 1: is not valid UTF-8"));
    values<std::uint8_t>(*array, 0)[0] = 0b001;
    array->null_count = 2;
    CHECK(problem(type_id::utf8, *array).empty());

    fixed_builder<int128> decimals(data_type::decimal128(3, 1), {});
    decimals.append(999);
    decimals.append_null();
    array = decimals.finish();
    values<int128>(*array, 1)[1] = 1000;
    CHECK(problem(data_type::decimal128(3, 1), *array).empty());
}

TEST_CASE("The least and greatest decimals are told from those one beyond") {
    for (const int precision : {1, 18, 19, 37, 38}) {
        const data_type type = data_type::decimal128(precision, 0);
        const int128 limit = power_of_ten(precision);
        const int128 lowest = static_cast<int128>(static_cast<uint128>(1) << 127);
        fixed_builder<int128> sound(type, {});
        for (const int128 v : {limit - 1, -(limit - 1), int128{0}})
            sound.append(v);
        CHECK(problem(type, *sound.finish()).empty());
        for (const int128 v : {limit, -limit, lowest, static_cast<int128>(~lowest)}) {
            fixed_builder<int128> beyond(type, {});
            beyond.append(0);
            beyond.append(v);
            CHECK(contains(problem(type, *beyond.finish()), "row 1: "));
        }
    }
}

TEST_CASE("Nulls are counted right from any row on") {
    fixed_builder<std::int8_t> builder(type_id::int8, {});
    for (int row = 0; row < 300; ++row)
        row % 3 == 0 ? builder.append_null() : builder.append(1);
    const unique_array array = builder.finish();
    for (const std::int64_t first : {0, 1, 7, 8, 63, 64, 100}) {
        for (const std::int64_t count : {1, 63, 64, 65, 128, 200}) {
            ArrowArray part = *array;
            part.offset = first;
            part.length = count;
            // Rows 0, 3, 6, … of all.
            part.null_count = (first + count + 2) / 3 - (first + 2) / 3;
            CHECK(problem(type_id::int8, part).empty());
            ++part.null_count;
            CHECK(!problem(type_id::int8, part).empty());
        }
    }
}
