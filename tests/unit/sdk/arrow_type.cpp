#include <cstring>
#include <string>

#include <catch2/catch.hpp>

#include <qry/kit/arrow/type.hpp>

using namespace qry::arrow;

namespace {

struct spelled {
    data_type type;
    const char* format;
    const char* name;
};

// Names as pyarrow prints them.
std::vector<spelled> all_types() {
    const field a{.name = "a", .type = type_id::int32};
    const field b{.name = "b", .type = type_id::utf8, .nullable = false};
    return {
        {type_id::null, "n", "null"},
        {type_id::boolean, "b", "bool"},
        {type_id::int8, "c", "int8"},
        {type_id::uint8, "C", "uint8"},
        {type_id::int16, "s", "int16"},
        {type_id::uint16, "S", "uint16"},
        {type_id::int32, "i", "int32"},
        {type_id::uint32, "I", "uint32"},
        {type_id::int64, "l", "int64"},
        {type_id::uint64, "L", "uint64"},
        {type_id::float16, "e", "halffloat"},
        {type_id::float32, "f", "float"},
        {type_id::float64, "g", "double"},
        {data_type::decimal128(10, 2), "d:10,2", "decimal128(10, 2)"},
        {data_type::decimal128(5, -2), "d:5,-2", "decimal128(5, -2)"},
        {data_type::decimal256(40, 2), "d:40,2,256", "decimal256(40, 2)"},
        {type_id::utf8, "u", "string"},
        {type_id::large_utf8, "U", "large_string"},
        {type_id::binary, "z", "binary"},
        {type_id::large_binary, "Z", "large_binary"},
        {data_type::fixed_size_binary(16), "w:16", "fixed_size_binary[16]"},
        {type_id::date32, "tdD", "date32[day]"},
        {type_id::date64, "tdm", "date64[ms]"},
        {data_type::time32(time_unit::second), "tts", "time32[s]"},
        {data_type::time32(time_unit::milli), "ttm", "time32[ms]"},
        {data_type::time64(time_unit::micro), "ttu", "time64[us]"},
        {data_type::time64(time_unit::nano), "ttn", "time64[ns]"},
        {data_type::timestamp(time_unit::micro), "tsu:", "timestamp[us]"},
        {data_type::timestamp(time_unit::nano, "UTC"), "tsn:UTC", "timestamp[ns, tz=UTC]"},
        {data_type::duration(time_unit::second), "tDs", "duration[s]"},
        {type_id::interval_months, "tiM", "month_interval"},
        {type_id::interval_day_time, "tiD", "day_time_interval"},
        {type_id::interval_month_day_nano, "tin", "month_day_nano_interval"},
        {data_type::list(type_id::int32), "+l", "list<item: int32>"},
        {data_type::large_list(b), "+L", "large_list<b: string not null>"},
        {data_type::structure({a, b}), "+s", "struct<a: int32, b: string not null>"},
        {data_type::structure({}), "+s", "struct<>"},
        {data_type::map(type_id::utf8, type_id::int64), "+m", "map<string, int64>"},
        {data_type::dictionary(type_id::int32, type_id::utf8),
         "i",
         "dictionary<values=string, indices=int32, ordered=0>"},
    };
}

}  // namespace

TEST_CASE("each type has its format and its name, and comes back from its schema") {
    for (const spelled& s : all_types()) {
        INFO(s.name);
        CHECK(s.type.format() == s.format);
        CHECK(s.type.name() == s.name);
        const field out{
            .name = "col", .type = s.type, .nullable = false, .metadata = {{"qry.type", "x(1)"}}};
        const qry::unique_schema exported = export_field(out);
        CHECK(std::string(exported->format) == s.format);
        const auto back = import_field(*exported);
        REQUIRE(back);
        CHECK(*back == out);
    }
}

TEST_CASE("metadata is encoded with native int32 counts and lengths") {
    const std::string expected("\1\0\0\0\3\0\0\0key\2\0\0\0ab", 17);
    CHECK(encode_metadata({{"key", "ab"}}) == expected);
    CHECK(encode_metadata({}).empty());
    CHECK(decode_metadata(nullptr).empty());
    CHECK(decode_metadata(expected.data()) == metadata{{"key", "ab"}});
}

TEST_CASE("a schema is a struct of its fields, released once and with its children") {
    const field fields[] = {
        {.name = "n", .type = type_id::int64},
        {.name = "m", .type = data_type::map(type_id::utf8, type_id::int8)}};
    qry::unique_schema schema = export_schema(fields);
    CHECK(std::string(schema->format) == "+s");
    REQUIRE(schema->n_children == 2);
    CHECK(std::string(schema->children[0]->name) == "n");
    CHECK(schema->children[0]->flags == ARROW_FLAG_NULLABLE);
    const ArrowSchema* map = schema->children[1];
    REQUIRE(map->n_children == 1);
    CHECK(std::string(map->children[0]->format) == "+s");
    CHECK(map->children[0]->flags == 0);
    CHECK(map->children[0]->children[0]->flags == 0);

    // A child that was moved away lives on by itself.
    qry::unique_schema moved(schema->children[0]);
    schema.reset();
    CHECK(std::string(moved->name) == "n");
}

TEST_CASE("schemas that are not understood are refused by field and format") {
    ArrowSchema raw{};
    raw.name = "odd";
    raw.release = [](ArrowSchema* s) { s->release = nullptr; };
    for (const char* format :
         {"",
          "x",
          "ll",
          "d:",
          "d:39,0",
          "d:0,0",
          "d:10",
          "d:77,0,256",
          "w:0",
          "w:-1",
          "w:x",
          "tsx:",
          "tsu",
          "ttq",
          "td",
          "+w:3",
          "+ud:0,1",
          "vu"}) {
        INFO(format);
        raw.format = format;
        const auto got = import_field(raw);
        REQUIRE_FALSE(got);
        CHECK(got.error().message.find("'odd'") != std::string::npos);
    }
    raw.format = "+l";
    CHECK_FALSE(import_field(raw));
    raw.format = nullptr;
    CHECK_FALSE(import_field(raw));
    raw.release = nullptr;
    CHECK_FALSE(import_field(raw));
}
