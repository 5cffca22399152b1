#include <catch2/catch.hpp>

#include <qry/kit/arrow/array_view.hpp>
#include <qry/kit/json/members.hpp>
#include <qry/kit/json/reader.hpp>

namespace qry::json {
namespace {

using arrow::data_type;
using arrow::type_id;

column of(std::string name, data_type type, form as = form::plain) {
    return {.name = std::move(name), .type = std::move(type), .as = as};
}

std::string padded(std::string_view text) {
    return std::string(text) + std::string(padding, ' ');
}

// All rows of a page as people read them, or the error.
result<std::vector<std::string>> rows_of(
    std::vector<column> columns, std::string_view page, row_shape shape = row_shape::array
) {
    std::vector<arrow::field> fields;
    for (const column& c : columns)
        fields.push_back({.name = c.name, .type = c.type});
    arrow::batch_builder batch(fields, {}, {});
    row_reader reader(std::move(columns), shape, shape);
    const std::string text = padded(page);
    auto begun = reader.begin(std::string_view(text).substr(0, page.size()));
    if (!begun) return std::move(begun).error();
    auto more = reader.take(batch);
    if (!more) return std::move(more).error();
    REQUIRE_FALSE(*more);
    const auto array = batch.finish();
    const arrow::field whole{.name = "", .type = data_type::structure(fields)};
    auto view = arrow::array_view::make(whole, *array.get());
    REQUIRE(view);
    std::vector<std::string> out;
    for (std::int64_t row = 0; row < view->length(); ++row)
        out.push_back(format_cell(*view, row));
    return out;
}

}  // namespace

TEST_CASE("values come out as they went in, and none passes through a double") {
    auto rows = rows_of(
        {of("i", type_id::int64),
         of("u", type_id::uint64),
         of("d", data_type::decimal128(38, 2)),
         of("f", type_id::float64),
         of("t", type_id::utf8),
         of("b", type_id::binary, form::base64),
         of("day", type_id::date32)},
        "[[9223372036854775807, \"18446744073709551615\", "
        "\"123456789012345678901234567890123456.78\","
        " 1.5, \"é\\u00e9\\n\", \"AP8=\", \"2024-02-29\"],\n"
        "[-9223372036854775808, 0, 0.10, \"-Infinity\", \"\", \"\", \"1969-12-31\"],"
        "[null,null,null,null,null,null,null]]"
    );
    REQUIRE(rows);
    REQUIRE(rows->size() == 3);
    CHECK((*rows)[0].find("9223372036854775807") != std::string::npos);
    CHECK((*rows)[0].find("18446744073709551615") != std::string::npos);
    CHECK((*rows)[0].find("123456789012345678901234567890123456.78") != std::string::npos);
    CHECK((*rows)[0].find("\\x00ff") != std::string::npos);
    CHECK((*rows)[1].find("0.10") != std::string::npos);
    CHECK((*rows)[1].find("1969-12-31") != std::string::npos);
}

TEST_CASE("a map's key may be of any type, and one that no name can be is refused") {
    const auto map_of = [](data_type key, form as, std::vector<column> below = {}) {
        column k = of("key", key, as);
        k.children = std::move(below);
        column out = of("m", data_type::map(key, type_id::int32));
        out.children = {std::move(k), of("value", type_id::int32)};
        return out;
    };
    auto raw = rows_of({map_of(type_id::utf8, form::raw)}, "[[{\"a b\": 1}]]");
    REQUIRE(raw);
    CHECK((*raw)[0].find("a b") != std::string::npos);
    auto number = rows_of({map_of(type_id::int64, form::plain)}, "[[{\"-7\": 1}]]");
    REQUIRE(number);
    CHECK((*number)[0].find("-7") != std::string::npos);
    const auto listed = data_type::list(type_id::int32);
    auto list =
        rows_of({map_of(listed, form::plain, {of("item", type_id::int32)})}, "[[{\"[1]\": 1}]]");
    REQUIRE_FALSE(list);
    CHECK(list.error().kind == status::query_error);
}

TEST_CASE("objects may have their members in any order, or lack them") {
    auto rows = rows_of(
        {of("a", type_id::int32), of("b", type_id::utf8)},
        "[{\"b\": \"x\", \"more\": [1, {}], \"a\": 1}, {\"a\": 2}, {}]",
        row_shape::object
    );
    REQUIRE(rows);
    REQUIRE(rows->size() == 3);
    CHECK((*rows)[0] == "{\"a\": 1, \"b\": \"x\"}");
    CHECK((*rows)[1] == "{\"a\": 2, \"b\": null}");
}

TEST_CASE("a value that is not of its type is named, with its row and column") {
    const struct {
        data_type type;
        const char* value;
    } all[] = {
        {type_id::int32, "2147483648"},
        {type_id::int32, "1.0"},
        {type_id::int32, "1e2"},
        {type_id::int64, "\"x\""},
        {data_type::decimal128(5, 2), "\"1.234\""},
        {data_type::decimal128(5, 2), "1234.5"},
        {type_id::float64, "\"many\""},
        {type_id::boolean, "1"},
        {type_id::utf8, "1"},
        {type_id::utf8, "[1]"},
        {type_id::date32, "\"2023-02-29\""},
        {data_type::timestamp(arrow::time_unit::milli), "\"2024-01-01 00:00:00.1234\""},
        {data_type::timestamp(arrow::time_unit::micro, "UTC"), "\"2024-01-01 00:00:00\""}};
    for (const auto& one : all) {
        INFO(one.value);
        auto rows = rows_of({of("c", one.type)}, "[[null],[" + std::string(one.value) + "]]");
        REQUIRE_FALSE(rows);
        CHECK(rows.error().message.find("row 2") != std::string::npos);
        CHECK(rows.error().message.find("\"c\"") != std::string::npos);
        CHECK(rows.error().message.find(one.type.name()) != std::string::npos);
    }
}

TEST_CASE("pages that are no rows are errors, wherever they go wrong") {
    for (const char* page :
         {"",
          "{}",
          "[",
          "[[1]",
          "[[1],",
          "[[1]] x",
          "[[\"a\"],]",
          "[[\"a\"] [\"b\"]]",
          "[[\"a\",]]",
          "[[,]]",
          "[[\"a\"}]",
          "[[:]]",
          "[[\"a\"b]]",
          "[1]",
          "[[1,2]]",
          "[[]]",
          "[[\"\xff\"]]",
          "[[\"\\ud800\"]]",
          "[[tru]]"}) {
        INFO(page);
        CHECK_FALSE(rows_of({of("c", type_id::utf8)}, page));
    }
    std::string deep(2'000, '[');
    CHECK_FALSE(rows_of({of("c", type_id::utf8)}, deep));
}

TEST_CASE("a full batch is handed over, and the page goes on where it stopped") {
    const std::vector<arrow::field> fields{{.name = "n", .type = type_id::int64}};
    arrow::batch_builder batch(fields, {}, {.rows = 3, .bytes = 0});
    row_reader reader({of("n", type_id::int64)}, row_shape::array, row_shape::array);
    const std::string page = padded("[[1],[2],[3],[4],[5],[6],[7]]");
    REQUIRE(reader.begin(std::string_view(page).substr(0, page.size() - padding)));
    std::vector<std::int64_t> sizes;
    for (bool more = true; more;) {
        auto taken = reader.take(batch);
        REQUIRE(taken);
        more = *taken;
        sizes.push_back(batch.rows());
        (void)batch.finish();
    }
    CHECK(sizes == std::vector<std::int64_t>{3, 3, 1});
}

TEST_CASE("members of a reply are its exact text") {
    const std::string text = padded("{\"a\": [1, {\"b\": \"]\"}] , \"c\":\"d\\\"\",\"e\": null}");
    auto members = read_members(std::string_view(text).substr(0, text.size() - padding));
    REQUIRE(members);
    REQUIRE(members->size() == 3);
    CHECK((*members)[0].raw == "[1, {\"b\": \"]\"}]");
    CHECK((*members)[1].raw == "\"d\\\"\"");
    CHECK((*members)[2].raw == "null");
    for (const char* broken :
         {"[1]",
          "{\"a\" 1}",
          "{\"a\": 1,}",
          "{\"a\": 1 \"b\": 2}",
          "{\"a\":}",
          "{\"a\": [1}",
          "{\"a\": 1",
          "{a: 1}",
          "{} {}"}) {
        INFO(broken);
        const std::string bad = padded(broken);
        CHECK_FALSE(read_members(std::string_view(bad).substr(0, bad.size() - padding)));
    }
    const std::string list = padded("[{\"a\": \"}\\\"\"} , [], 1.50]");
    auto items = read_items(std::string_view(list).substr(0, list.size() - padding));
    REQUIRE(items);
    CHECK(*items == std::vector<std::string_view>{"{\"a\": \"}\\\"\"}", "[]", "1.50"});
    CHECK_FALSE(read_items(std::string_view(text).substr(0, text.size() - padding)));
}

TEST_CASE("rows among the members of a reply are read where they stand") {
    const std::vector<arrow::field> fields{{.name = "n", .type = type_id::int64}};
    arrow::batch_builder batch(fields, {}, {.rows = 2, .bytes = 0});
    row_reader reader({of("n", type_id::int64)}, row_shape::array, row_shape::array);
    document reply;
    const std::string text = padded("{\"id\": \"q\", \"data\": [[1],[2], [3]], \"more\": 5}");
    const auto members =
        reply.read_members(std::string_view(text).substr(0, text.size() - padding));
    REQUIRE(members);
    REQUIRE(reader.begin(reply, (*members)[1].token));
    CHECK(*reader.take(batch));
    CHECK(batch.rows() == 2);
    (void)batch.finish();
    CHECK_FALSE(*reader.take(batch));
    CHECK(batch.rows() == 1);
    CHECK_FALSE(reader.begin(reply, (*members)[0].token));
    CHECK_FALSE(reader.begin(reply, (*members)[2].token));
}

}  // namespace qry::json
