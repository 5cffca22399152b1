#include "body.hpp"

#include <cstring>

#include <catch2/catch.hpp>

#include <qry/kit/arrow/binary_builder.hpp>
#include <qry/kit/arrow/fixed_builder.hpp>
#include <qry/kit/arrow/nested_builder.hpp>

using namespace qry::arrow;
using qry::unique_array;
using qry::arrow_ipc::body;

namespace {

template <class T>
std::vector<T> values(const body& of, std::size_t piece) {
    const auto bytes = of.pieces()[piece];
    std::vector<T> out(bytes.size() / sizeof(T));
    if (!out.empty()) std::memcpy(out.data(), bytes.data(), bytes.size());
    return out;
}

std::string text(const body& of, std::size_t piece) {
    const auto chars = values<char>(of, piece);
    return {chars.begin(), chars.end()};
}

std::vector<std::pair<std::int64_t, std::int64_t>> nodes(const body& of) {
    std::vector<std::pair<std::int64_t, std::int64_t>> out;
    for (const auto& n : of.nodes())
        out.emplace_back(n.length, n.null_count);
    return out;
}

using counts = std::vector<std::pair<std::int64_t, std::int64_t>>;

void add(body& to, const data_type& type, const ArrowArray& array, std::int64_t from, int count) {
    const auto added = to.add(type, array, from, count);
    if (!added) FAIL(added.error().message);
}

unique_array five_integers() {
    fixed_builder<std::int64_t> builder(type_id::int64, {});
    for (std::int64_t i = 10; i < 15; ++i)
        builder.append(i);
    return builder.finish();
}

// "a", null, "bcd", "", "ef"
unique_array five_texts() {
    binary_builder builder(type_id::utf8, {});
    builder.append("a");
    builder.append_null();
    builder.append("bcd");
    builder.append("");
    builder.append("ef");
    return builder.finish();
}

}  // namespace

TEST_CASE("values go as they lie in memory, without a bitmap when none is null") {
    const unique_array array = five_integers();
    body whole;
    add(whole, type_id::int64, *array, 0, 5);
    CHECK(nodes(whole) == counts{{5, 0}});
    REQUIRE(whole.pieces().size() == 2);
    CHECK(whole.pieces()[0].empty());
    CHECK(static_cast<const void*>(whole.pieces()[1].data()) == array->buffers[1]);
    CHECK(values<std::int64_t>(whole, 1) == std::vector<std::int64_t>{10, 11, 12, 13, 14});
    // 40 bytes, padded to 64.
    CHECK(whole.extents()[1].offset == 0);
    CHECK(whole.extents()[1].length == 40);
    CHECK(whole.size() == 64);
}

TEST_CASE("a slice of values needs no copy either") {
    const unique_array array = five_integers();
    ArrowArray slice = *array;
    slice.offset = 2;
    slice.length = 3;
    body part;
    add(part, type_id::int64, slice, 1, 2);
    CHECK(values<std::int64_t>(part, 1) == std::vector<std::int64_t>{13, 14});
    CHECK(
        static_cast<const void*>(part.pieces()[1].data()) ==
        static_cast<const std::int64_t*>(array->buffers[1]) + 3
    );
}

TEST_CASE("a slice of text has offsets from 0 on, its own bytes and its own nulls") {
    const unique_array array = five_texts();
    body part;
    add(part, type_id::utf8, *array, 1, 3);
    CHECK(nodes(part) == counts{{3, 1}});
    // null, "bcd", "": rows 1 and 2 of it are valid.
    CHECK(values<std::uint8_t>(part, 0) == std::vector<std::uint8_t>{0x06});
    CHECK(values<std::int32_t>(part, 1) == std::vector<std::int32_t>{0, 0, 3, 3});
    CHECK(text(part, 2) == "bcd");
    // Three buffers, each at a multiple of 64.
    CHECK(part.extents()[1].offset == 64);
    CHECK(part.extents()[2].offset == 128);
    CHECK(part.size() == 192);

    body rest;
    add(rest, type_id::utf8, *array, 2, 3);
    CHECK(nodes(rest) == counts{{3, 0}});
    CHECK(rest.pieces()[0].empty());
    CHECK(values<std::int32_t>(rest, 1) == std::vector<std::int32_t>{0, 3, 3, 5});
    CHECK(text(rest, 2) == "bcdef");
}

TEST_CASE("booleans are shifted to the start of a byte") {
    bool_builder builder({});
    for (const bool b : {true, false, true, true, false, false, true, true, false, true})
        builder.append(b);
    const unique_array array = builder.finish();
    body part;
    // true, true, false, false, true, true, false, true
    add(part, type_id::boolean, *array, 2, 8);
    CHECK(values<std::uint8_t>(part, 1) == std::vector<std::uint8_t>{0xB3});
}

TEST_CASE("a slice of lists takes only its items along") {
    const data_type type = data_type::list(type_id::int32);
    list_builder builder(type, {});
    auto& items = builder.items<fixed_builder<std::int32_t>>();
    for (std::int32_t row = 0; row < 4; ++row) {
        builder.append();
        for (std::int32_t i = 0; i < row; ++i)
            items.append(row * 10 + i);
    }
    const unique_array array = builder.finish();
    body part;
    add(part, type, *array, 2, 2);
    CHECK(nodes(part) == counts{{2, 0}, {5, 0}});
    CHECK(values<std::int32_t>(part, 1) == std::vector<std::int32_t>{0, 2, 5});
    CHECK(values<std::int32_t>(part, 3) == std::vector<std::int32_t>{20, 21, 30, 31, 32});
}

TEST_CASE("no rows still have one offset, also where the producer gave none") {
    const void* no_buffers[3] = {nullptr, nullptr, nullptr};
    ArrowArray empty{};
    empty.n_buffers = 3;
    empty.buffers = no_buffers;
    body small;
    add(small, type_id::utf8, empty, 0, 0);
    CHECK(nodes(small) == counts{{0, 0}});
    CHECK(values<std::int32_t>(small, 1) == std::vector<std::int32_t>{0});
    body large;
    add(large, type_id::large_utf8, empty, 0, 0);
    CHECK(values<std::int64_t>(large, 1) == std::vector<std::int64_t>{0});
}

TEST_CASE("a null column has a node and no buffers") {
    ArrowArray array{};
    array.length = 7;
    body nothing;
    add(nothing, type_id::null, array, 0, 7);
    CHECK(nodes(nothing) == counts{{7, 7}});
    CHECK(nothing.extents().empty());
    CHECK(nothing.size() == 0);
}

TEST_CASE("offsets that lead out of their array are refused") {
    const std::int32_t backwards[] = {3, 1};
    const std::int32_t beyond[] = {0, 9};
    const unique_array items = five_integers();
    ArrowArray item = *items;
    ArrowArray* children[] = {&item};
    const void* buffers[] = {nullptr, backwards};
    ArrowArray list{};
    list.length = 1;
    list.n_buffers = 2;
    list.buffers = buffers;
    list.n_children = 1;
    list.children = children;
    body to;
    const auto first = to.add(data_type::list(type_id::int64), list, 0, 1);
    REQUIRE_FALSE(first);
    CHECK(first.error().message == "Arrow array of list<item: int64>: offsets run from 3 to 1");
    buffers[1] = beyond;
    const auto second = to.add(data_type::list(type_id::int64), list, 0, 1);
    REQUIRE_FALSE(second);
    CHECK(second.error().message == "Arrow array of int64: rows 0 to 9 are wanted, but it has 5");
}
