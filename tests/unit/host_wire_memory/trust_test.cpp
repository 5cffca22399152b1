// Who may still change what, and when a batch is let go.
#include <cstring>

#include <catch2/catch.hpp>

#include "rows.hpp"

using namespace qry;
using namespace qry::wire;

namespace {

const arrow::field& two_columns() {
    static const arrow::field type = test::rows_of(
        {{.name = "n", .type = arrow::type_id::int64}, {.name = "t", .type = arrow::type_id::utf8}}
    );
    return type;
}

struct delivery {
    test::memory_pair memory;
    unique_array rows = test::make_rows(two_columns(), 6000, memory.builders(), 100);

    taken_batch get(trust how) {
        std::vector<std::byte> payload;
        writer to(payload);
        auto shared = put_batch(to, 31, two_columns(), *rows, memory.sharing());
        REQUIRE(shared.has_value());
        REQUIRE(*shared);
        memory.tell();
        auto got = get_batch(payload, two_columns(), memory.map(), how, memory.landing());
        REQUIRE(got.has_value());
        return std::move(*got);
    }
    void scribble() {
        for (int column = 0; column < 2; ++column)
            std::memset(const_cast<void*>(rows->children[column]->buffers[1]), 0x7B, 20'000);
    }
};

}  // namespace

TEST_CASE("A checked batch stays as it is whatever the worker writes afterwards") {
    delivery d;
    const std::string expected = test::text_of(two_columns(), *d.rows);
    taken_batch got = d.get(trust::checked);
    CHECK(got.give_back == 31);
    d.scribble();
    CHECK(test::text_of(two_columns(), *got.rows) == expected);
    got.rows.reset();
    CHECK(d.memory.released().empty());
    CHECK(d.memory.blocks() == 0);
}

TEST_CASE("A trusted batch is the worker's own memory, and is given back once it goes") {
    delivery d;
    taken_batch got = d.get(trust::trusted);
    CHECK(got.give_back == 0);
    d.scribble();
    std::int64_t first = 0;
    std::memcpy(&first, got.rows->children[0]->buffers[1], sizeof(first));
    CHECK(first == 0x7B7B7B7B7B7B7B7B);
    CHECK(d.memory.released().empty());
    got.rows.reset();
    CHECK(d.memory.released() == std::vector<std::uint64_t>{31});
}

TEST_CASE("A child that was moved out keeps the batch, in either order") {
    for (const trust how : {trust::checked, trust::trusted}) {
        delivery d;
        taken_batch got = d.get(how);
        const arrow::field column = two_columns().type.children()[1];
        const std::string expected = test::text_of(column, *d.rows->children[1]);
        unique_array child(got.rows->children[1]);
        CHECK(got.rows->children[1]->release == nullptr);
        got.rows.reset();
        CHECK(d.memory.released().empty());
        CHECK(test::text_of(column, *child) == expected);
        child.reset();
        CHECK(d.memory.released().size() == (how == trust::trusted ? 1 : 0));
        CHECK(d.memory.blocks() == 0);
    }
    delivery d;
    taken_batch got = d.get(trust::trusted);
    unique_array child(got.rows->children[0]);
    child.reset();
    CHECK(d.memory.released().empty());
    got.rows.reset();
    CHECK(d.memory.released().size() == 1);
}

TEST_CASE("A trusted batch outlives the map of segments") {
    auto source = std::make_unique<delivery>();
    const std::string expected = test::text_of(two_columns(), *source->rows);
    std::vector<std::byte> payload;
    writer to(payload);
    REQUIRE(put_batch(to, 5, two_columns(), *source->rows, source->memory.sharing()).has_value());
    int released = 0;
    landing where = source->memory.landing();
    where.on_release = [&](std::uint64_t id) { released += id == 5 ? 1 : 100; };
    taken_batch got;
    {
        segment_map map;
        for (const auto& made : source->memory.source().after(0))
            REQUIRE(map.add(made.number, made.bytes, registry::unique_fd(::dup(made.fd))));
        auto taken = get_batch(payload, two_columns(), map, trust::trusted, where);
        REQUIRE(taken.has_value());
        got = std::move(*taken);
    }
    CHECK(test::text_of(two_columns(), *got.rows) == expected);
    got.rows.reset();
    CHECK(released == 1);
}

TEST_CASE("A trusted frame is checked for what it says all the same") {
    delivery d;
    std::vector<std::byte> payload;
    writer to(payload);
    REQUIRE(put_batch(to, 31, two_columns(), *d.rows, d.memory.sharing()).has_value());
    d.memory.tell();
    for (std::size_t at = 0; at < payload.size() && at < 130; ++at) {
        auto wrong = payload;
        wrong[at] = ~wrong[at];
        // The id's value is the worker's own affair, and a null count is not recounted.
        (void)get_batch(wrong, two_columns(), d.memory.map(), trust::trusted, d.memory.landing());
    }
    payload.pop_back();
    CHECK_FALSE(
        get_batch(payload, two_columns(), d.memory.map(), trust::trusted, d.memory.landing())
            .has_value()
    );
}
