// What the server says, byte for byte, and the rows that come of it.
#include <algorithm>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include <qry/version.h>
#include <qry/kit/arrow/array_view.hpp>
#include <qry/kit/arrow/validate.hpp>

#include "reader_rig.hpp"

using namespace qry;
using namespace qry::postgresql;

namespace {

using bytes = std::string;
// As on the wire, and as format_cell shows it; no text = NULL on the wire.
struct value {
    std::optional<bytes> wire;
    std::string shown;
};
struct column {
    oid type;
    std::int32_t modifier;
    // Least, greatest, empty or zero, in this order; and NULL, which all have.
    std::vector<value> values;
};

template <class T>
bytes number(T v) {
    bytes out(sizeof(T), '\0');
    auto raw = static_cast<std::uint64_t>(v);
    for (std::size_t i = sizeof(T); i-- > 0; raw >>= 8)
        out[i] = static_cast<char>(raw);
    return out;
}
bytes i16(int v) {
    return number(static_cast<std::uint16_t>(v));
}
bytes i32(std::int64_t v) {
    return number(static_cast<std::uint32_t>(v));
}
bytes i64(std::int64_t v) {
    return number(static_cast<std::uint64_t>(v));
}

bytes numeric(std::vector<int> digits, int weight, int sign, int scale) {
    bytes out = i16(static_cast<int>(digits.size())) + i16(weight) + i16(sign) + i16(scale);
    for (const int d : digits)
        out += i16(d);
    return out;
}
bytes cell_of(const std::optional<bytes>& v) {
    return v ? i32(static_cast<std::int64_t>(v->size())) + *v : i32(-1);
}
bytes array_of(oid item, const std::vector<std::optional<bytes>>& items) {
    bytes out = i32(1) + i32(1) + i32(item) + i32(static_cast<std::int64_t>(items.size())) + i32(1);
    for (const auto& i : items)
        out += cell_of(i);
    return out;
}
bytes message(char type, const bytes& body) {
    return type + i32(static_cast<std::int64_t>(body.size() + 4)) + body;
}
bytes row(const std::vector<std::optional<bytes>>& cells) {
    bytes body = i16(static_cast<int>(cells.size()));
    for (const auto& c : cells)
        body += cell_of(c);
    return message('D', body);
}
bytes dialogue(const bytes& rows) {
    return message('2', "") + rows + message('C', bytes("SELECT 1\0", 9)) + message('Z', "I");
}

constexpr std::int32_t numeric_12_2 = 4 + (12 << 16 | 2);
constexpr std::int32_t numeric_50_0 = 4 + (50 << 16);

const std::vector<column>& columns() {
    static const bytes nines = numeric({99, 9999, 9999, 9900}, 2, 0x4000, 2);
    static const std::vector<column> all{
        {16, -1, {{bytes("\0", 1), "false"}, {bytes("\1"), "true"}}},
        {21, -1, {{i16(-32768), "-32768"}, {i16(32767), "32767"}, {i16(0), "0"}}},
        {23, -1, {{i32(INT32_MIN), "-2147483648"}, {i32(INT32_MAX), "2147483647"}, {i32(0), "0"}}},
        {20,
         -1,
         {{i64(INT64_MIN), "-9223372036854775808"},
          {i64(INT64_MAX), "9223372036854775807"},
          {i64(0), "0"}}},
        {26, -1, {{i32(0), "0"}, {i32(-1), "4294967295"}}},
        {5069, -1, {{i64(0), "0"}, {i64(-1), "18446744073709551615"}}},
        {700, -1, {{i32(0xff800000), "-inf"}, {i32(0x7f800000), "inf"}, {i32(0), "0"}}},
        {701, -1, {{i64(-0x10LL << 48), "-inf"}, {i64(0x3ff8LL << 48), "1.5"}, {i64(0), "0"}}},
        {1700,
         numeric_12_2,
         {{nines, "-9999999999.99"},
          {numeric({12, 3400}, 0, 0, 2), "12.34"},
          {numeric({}, 0, 0, 2), "0.00"}}},
        {1700,
         numeric_50_0,
         {{numeric({1}, 12, 0x4000, 0), "-1" + bytes(48, '0')},
          {numeric({7}, 0, 0, 0), "7"},
          {numeric({}, 0, 0, 0), "0"}}},
        {1700,
         -1,
         {{numeric({}, 0, 0xC000, 0), "NaN"},
          {numeric({1, 5000}, 0, 0, 4), "1.5000"},
          {numeric({}, 0, 0, 0), "0"}}},
        {25, -1, {{"", ""}, {"äöü 漢字", "äöü 漢字"}, {bytes(300, 'x'), bytes(300, 'x')}}},
        {17, -1, {{"", "\\x"}, {bytes("\0\xff", 2), "\\x00ff"}}},
        {3802, -1, {{"\1{}", "{}"}, {"\1", ""}}},
        {2950,
         -1,
         {{bytes(16, '\0'), "00000000-0000-0000-0000-000000000000"},
          {bytes(16, '\xff'), "ffffffff-ffff-ffff-ffff-ffffffffffff"}}},
        {1082, -1, {{i32(-2451545), "-4713-11-24"}, {i32(0), "2000-01-01"}}},
        {1083, -1, {{i64(0), "00:00:00"}, {i64(86399999999), "23:59:59.999999"}}},
        {1114, -1, {{i64(-1), "1999-12-31 23:59:59.999999"}, {i64(0), "2000-01-01 00:00:00"}}},
        {1184, -1, {{i64(-1), "1999-12-31 23:59:59.999999Z"}, {i64(0), "2000-01-01 00:00:00Z"}}},
        {1266,
         -1,
         {{i64(0) + i32(0), "00:00:00+00"}, {i64(86400000000) + i32(43200), "24:00:00-12"}}},
        {1186, -1, {{i64(3500000) + i32(2) + i32(12), "1 year 2 days 00:00:03.5"}}},
        {869, -1, {{bytes("\2\x18\0\4\x0a\0\0\1", 8), "10.0.0.1/24"}}},
        {829, -1, {{bytes(6, '\0'), "00:00:00:00:00:00"}}},
        {1560, -1, {{i32(5) + "\xb0", "10110"}, {i32(0), ""}}},
        {1007,
         -1,
         {{array_of(23, {i32(1), std::nullopt}), "[1, null]"}, {i32(0) + i32(0) + i32(23), "[]"}}},
        {1009, -1, {{array_of(25, {bytes("a"), bytes()}), "[\"a\", \"\"]"}}},
        {600, -1, {{"(1,2)", "(1,2)"}}},
    };
    return all;
}

test::reading all_columns(std::int64_t batch_rows = 0) {
    static const type_catalog catalog;
    test::reading out{.types = &catalog};
    out.limit.rows = batch_rows;
    for (const column& c : columns())
        out.columns.push_back({"c", c.type, c.modifier});
    return out;
}

// Row r has in each column its value number r, NULL one time in each round.
constexpr int reference_rows = 12;
const value* at(const column& c, int r) {
    const auto turn = static_cast<std::size_t>(r) % (c.values.size() + 1);
    return turn == c.values.size() ? nullptr : &c.values[turn];
}
bytes reference() {
    bytes rows;
    for (int r = 0; r < reference_rows; ++r) {
        std::vector<std::optional<bytes>> cells;
        for (const column& c : columns()) {
            const value* v = at(c, r);
            cells.push_back(v != nullptr ? v->wire : std::nullopt);
        }
        rows += row(cells);
    }
    return dialogue(rows);
}

std::span<const std::uint8_t> raw(const bytes& text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// A line a cell, whatever batches they came in.
std::vector<std::string> cells(const test::heard& h) {
    std::vector<std::string> out;
    for (const unique_array& batch : h.batches) {
        const auto view = arrow::array_view::make(h.type, *batch);
        REQUIRE(view.has_value());
        for (std::int64_t r = 0; r < view->length(); ++r) {
            for (std::size_t c = 0; c < h.type.type.children().size(); ++c) {
                const arrow::array_view column = view->child(c);
                std::string text;
                if (!column.is_null(r)) {
                    arrow::append_cell(text, column, r);
                } else {
                    text = "NULL";
                }
                out.push_back(text);
            }
        }
    }
    return out;
}

std::vector<std::uint64_t> fingerprints(const test::heard& h) {
    std::vector<std::uint64_t> out;
    for (const unique_array& batch : h.batches)
        out.push_back(test::fingerprint(h.type, *batch));
    return out;
}

}  // namespace

TEST_CASE("values of every type arrive as they are: least, greatest, empty and NULL") {
    const test::heard h = test::listen(all_columns(), raw(reference()));
    REQUIRE(h.events == "ready\nSELECT\nidle");
    REQUIRE(h.batches.size() == 1);
    CHECK(arrow::validate(h.type, *h.batches[0]).has_value());
    const auto got = cells(h);
    REQUIRE(got.size() == columns().size() * reference_rows);
    for (int r = 0; r < reference_rows; ++r) {
        for (std::size_t c = 0; c < columns().size(); ++c) {
            CAPTURE(r, columns()[c].type);
            const value* v = at(columns()[c], r);
            CHECK(
                got[static_cast<std::size_t>(r) * columns().size() + c] ==
                (v != nullptr ? v->shown : "NULL")
            );
        }
    }
}

TEST_CASE("rows are the same wherever the bytes are cut") {
    const bytes said = reference();
    const auto reading = all_columns(5);
    const auto whole = fingerprints(test::listen(reading, raw(said)));
    REQUIRE(whole.size() == 3);
    for (std::size_t cut = 0; cut <= said.size(); ++cut) {
        const std::size_t cuts[] = {cut};
        const auto got = test::listen(reading, raw(said), cuts);
        if (fingerprints(got) != whole || got.events != "ready\nSELECT\nidle") FAIL(cut);
    }
    std::vector<std::size_t> each(said.size());
    std::iota(each.begin(), each.end(), 0);
    CHECK(fingerprints(test::listen(reading, raw(said), each)) == whole);
}

TEST_CASE("batches of any number of rows hold the same rows") {
    const bytes said = reference();
    const auto whole = cells(test::listen(all_columns(), raw(said)));
    for (int rows = 1; rows <= reference_rows + 1; ++rows) {
        const test::heard h = test::listen(all_columns(rows), raw(said), {}, test::frames::copied);
        CHECK(static_cast<int>(h.batches.size()) == (reference_rows + rows - 1) / rows);
        CHECK(cells(h) == whole);
    }
}

TEST_CASE("a text beyond the batch's bytes is a batch of its own, with what came before it") {
    static const type_catalog catalog;
    test::reading reading{.types = &catalog};
    reading.columns = {{"t", type::text, -1}};
    const bytes huge(QRY_BATCH_MAX_BYTES + 1000, 'h');
    const bytes said = dialogue(row({"a"}) + row({huge}) + row({"b"}) + row({std::nullopt}));
    const test::heard h = test::listen(reading, raw(said));
    REQUIRE(h.batches.size() == 2);
    CHECK(h.batches[0]->length == 2);
    CHECK(cells(h) == std::vector<std::string>{"a", huge, "b", "NULL"});
}

TEST_CASE("values that are small on the wire and large in a batch fill it all the same") {
    static const type_catalog catalog;
    test::reading reading{.types = &catalog};
    reading.columns = {{"n", type::numeric, -1}};
    // Ten bytes, and 131,072 digits.
    const bytes power = numeric({1}, 32767, 0, 0);
    bytes rows;
    for (int i = 0; i < 200; ++i)
        rows += row({power});
    const test::heard h = test::listen(reading, raw(dialogue(rows)));
    REQUIRE(h.batches.size() == 4);
    CHECK(h.batches[0]->length == 64);
}

TEST_CASE("a composite that is NULL counts with all its fields") {
    type_catalog catalog;
    const auto text_cell = [](std::string_view v) {
        return cell{reinterpret_cast<const std::uint8_t*>(v.data()), std::uint32_t(v.size())};
    };
    constexpr int fields = 500;
    for (int i = 0; i < fields; ++i) {
        const std::string name = "f" + std::to_string(i);
        const cell described[] = {
            text_cell("20000"),
            text_cell("wide"),
            text_cell("c"),
            text_cell("0"),
            text_cell("0"),
            text_cell("-1"),
            text_cell(name),
            text_cell("20"),
            text_cell("-1")};
        REQUIRE(catalog.add(described));
    }
    test::reading reading{.types = &catalog};
    reading.columns = {{"c", 20'000, -1}};
    bytes rows;
    for (int i = 0; i < 10'000; ++i)
        rows += row({std::nullopt});
    const test::heard h = test::listen(reading, raw(dialogue(rows)));
    REQUIRE(h.batches.size() > 1);
    CHECK(h.batches[0]->length * fields * 8 < 2 * QRY_BATCH_MAX_BYTES);
}
