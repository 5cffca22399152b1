#include "wire/batch.hpp"

#include <catch2/catch.hpp>

#include "rows.hpp"

using namespace qry;
using namespace qry::wire;

namespace {

struct sent {
    std::vector<std::byte> payload;
    bool shared = false;
};

sent send(
    const arrow::field& type, const ArrowArray& rows, const sharing& memory, std::uint64_t id = 7
) {
    sent out;
    writer to(out.payload);
    auto shared = put_batch(to, id, type, rows, memory);
    INFO((shared ? std::string() : shared.error().message));
    REQUIRE(shared.has_value());
    out.shared = *shared;
    return out;
}

taken_batch receive(
    const sent& from, const arrow::field& type, test::memory_pair& memory, trust how
) {
    memory.tell();
    auto got = get_batch(from.payload, type, memory.map(), how, memory.landing());
    INFO((got ? std::string() : got.error().message));
    REQUIRE(got.has_value());
    return std::move(*got);
}

}  // namespace

TEST_CASE("Small batches of every type travel in their frame, whole and sliced") {
    test::memory_pair memory;
    for (const arrow::field& column : test::all_fields()) {
        INFO(column.type.name());
        const arrow::field type = test::rows_of({column});
        const unique_array rows = test::make_rows(type, 26);
        for (auto [first, count] : {std::pair(0, 26), {3, 20}, {8, 1}, {25, 1}, {5, 0}, {0, 0}}) {
            const ArrowArray part = test::sliced(*rows, first, count);
            const std::string expected = test::text_of(type, part);
            for (const trust how : {trust::checked, trust::trusted}) {
                const sent frame = send(type, part, memory.sharing());
                CHECK_FALSE(frame.shared);
                const taken_batch got = receive(frame, type, memory, how);
                CHECK(got.give_back == 0);
                REQUIRE(got.rows);
                CHECK(test::text_of(type, *got.rows) == expected);
            }
        }
    }
    CHECK(memory.blocks() == 0);
    CHECK(memory.released().empty());
}

TEST_CASE("Slices of columns keep their offsets") {
    test::memory_pair memory;
    for (const arrow::field& column : test::all_fields()) {
        INFO(column.type.name());
        const arrow::field type = test::rows_of({column});
        const unique_array rows = test::make_rows(type, 26);
        ArrowArray child = test::sliced(*rows->children[0], 7, 12);
        child.null_count = column.type.id() == arrow::type_id::null ? 12 : -1;
        ArrowArray* children[] = {&child};
        ArrowArray part = *rows;
        part.children = children;
        part.length = 12;
        const taken_batch got =
            receive(send(type, part, memory.sharing()), type, memory, trust::checked);
        CHECK(test::text_of(type, *got.rows) == test::text_of(type, part));
        CHECK(got.rows->children[0]->offset == 7);
    }
}

TEST_CASE("Large batches built in segments are shared without a copy on the worker's side") {
    test::memory_pair memory;
    const arrow::field type = test::rows_of(test::all_fields());
    const unique_array rows = test::make_rows(type, 600, memory.builders(), 3000);
    const std::string expected = test::text_of(type, *rows);
    for (const trust how : {trust::checked, trust::trusted}) {
        const sent frame = send(type, *rows, memory.sharing(), 7);
        CHECK(frame.shared);
        CHECK(memory.copies() == 0);
        // Descriptors and what is not worth sharing; the rows are some two megabytes.
        CHECK(frame.payload.size() < 24'000);
        taken_batch got = receive(frame, type, memory, how);
        CHECK(got.give_back == (how == trust::checked ? 7 : 0));
        CHECK(test::text_of(type, *got.rows) == expected);
    }
    CHECK(memory.released() == std::vector<std::uint64_t>{7});
    CHECK(memory.blocks() == 0);
}

TEST_CASE("Large batches built elsewhere are copied to shared memory once") {
    test::memory_pair memory;
    const arrow::field type = test::rows_of(test::all_fields());
    const unique_array rows = test::make_rows(type, 600, {}, 3000);
    const sent frame = send(type, test::sliced(*rows, 100, 300), memory.sharing());
    CHECK(frame.shared);
    CHECK(memory.copies() > 0);
    const taken_batch got = receive(frame, type, memory, trust::checked);
    CHECK(test::text_of(type, *got.rows) == test::text_of(type, test::sliced(*rows, 100, 300)));
}

TEST_CASE("A value of megabytes arrives as it was") {
    test::memory_pair memory;
    const arrow::field type = test::rows_of({{.name = "t", .type = arrow::type_id::utf8}});
    const unique_array rows = test::make_rows(type, 6, memory.builders(), 5'000'000);
    const taken_batch got =
        receive(send(type, *rows, memory.sharing()), type, memory, trust::checked);
    CHECK(test::text_of(type, *got.rows) == test::text_of(type, *rows));
}

TEST_CASE("Arguments go into their frame however large, up to what a frame holds") {
    const arrow::field type = test::rows_of({{.name = "t", .type = arrow::type_id::utf8}});
    const unique_array rows = test::make_rows(type, 6, {}, 1'000'000);
    const sent frame = send(type, *rows, {});
    CHECK_FALSE(frame.shared);
    CHECK(frame.payload.size() > 1'000'000);
    test::memory_pair memory;
    CHECK(
        test::text_of(type, *receive(frame, type, memory, trust::checked).rows) ==
        test::text_of(type, *rows)
    );
    const unique_array larger = test::make_rows(type, 6, {}, max_payload);
    std::vector<std::byte> payload;
    writer to(payload);
    const auto refused = put_batch(to, 0, type, *larger, {});
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().kind == status::resource_limit);
    CHECK(payload.empty());
}

TEST_CASE("A worker that is out of shared memory says so, and writes nothing") {
    test::memory_pair memory(1 << 20);
    const arrow::field type = test::rows_of({{.name = "t", .type = arrow::type_id::utf8}});
    const unique_array rows = test::make_rows(type, 12, {}, 700'000);
    std::vector<std::byte> payload;
    writer to(payload);
    const auto refused = put_batch(to, 1, type, *rows, memory.sharing());
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().kind == status::resource_limit);
    CHECK(payload.empty());
}

TEST_CASE("A host without memory for the copy gives the batch back at once") {
    test::memory_pair memory;
    const arrow::field type = test::rows_of({{.name = "n", .type = arrow::type_id::int64}});
    const unique_array rows = test::make_rows(type, 10'000, memory.builders());
    const sent frame = send(type, *rows, memory.sharing(), 99);
    memory.starve();
    const taken_batch got = receive(frame, type, memory, trust::checked);
    CHECK_FALSE(got.rows);
    CHECK(got.give_back == 99);
}

TEST_CASE("Rows that are not what their type says are told to the worker, not sent") {
    const arrow::field type = test::rows_of({{.name = "t", .type = arrow::type_id::utf8}});
    const unique_array rows = test::make_rows(type, 6);
    const auto problem = [&](const ArrowArray& wrong) {
        std::vector<std::byte> payload;
        writer to(payload);
        const auto got = put_batch(to, 0, type, wrong, {});
        REQUIRE_FALSE(got.has_value());
        CHECK(got.error().kind == status::plugin_error);
        CHECK(payload.empty());
        return got.error().message;
    };
    ArrowArray bad = *rows;
    bad.n_children = 0;
    CHECK(problem(bad).find("1 children") != std::string::npos);
    bad = *rows;
    bad.length = -1;
    CHECK(problem(bad).find("out of range") != std::string::npos);
    bad = *rows;
    bad.release = nullptr;
    CHECK(problem(bad).find("released") != std::string::npos);
    ArrowArray child = *rows->children[0];
    ArrowArray* children[] = {&child};
    bad = *rows;
    bad.children = children;
    child.n_buffers = 2;
    CHECK(problem(bad).find("3 buffers") != std::string::npos);
    child = *rows->children[0];
    const void* buffers[] = {child.buffers[0], nullptr, child.buffers[2]};
    child.buffers = buffers;
    CHECK(problem(bad).find("no buffer 1") != std::string::npos);
    buffers[1] = rows->children[0]->buffers[1];
    buffers[2] = nullptr;
    CHECK(problem(bad).find("no buffer 2") != std::string::npos);
    children[0] = nullptr;
    CHECK(problem(bad).find("NULL") != std::string::npos);
}
