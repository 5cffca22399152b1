#include "session/slice.hpp"

#include <catch2/catch.hpp>

#include "fake_backend.hpp"

using qry::session::first_rows;

TEST_CASE("The first rows of a batch share its memory and keep it alive") {
    const int before = fake::living_arrow();
    {
        const auto schema = fake::make_schema();
        auto whole = fake::make_batch(10, 5);
        const void* data = whole->children[0]->buffers[1];
        auto cut = first_rows(std::move(whole), *schema, 2);
        CHECK(cut->length == 2);
        CHECK(cut->n_children == 1);
        CHECK(cut->children[0]->length == 2);
        CHECK(cut->children[0]->buffers[1] == data);
        CHECK(fake::living_arrow() == before + 2);
    }
    CHECK(fake::living_arrow() == before);
}

TEST_CASE("A child moved out of a cut batch outlives its parent") {
    const int before = fake::living_arrow();
    const auto schema = fake::make_schema();
    auto cut = first_rows(fake::make_batch(10, 5), *schema, 2);
    qry::unique_array child(cut->children[0]);
    cut.reset();
    CHECK(fake::living_arrow() == before + 2);
    CHECK(static_cast<const std::int64_t*>(child->buffers[1])[1] == 11);
    child.reset();
    CHECK(fake::living_arrow() == before + 1);
}

TEST_CASE("A batch that is not longer than asked for is handed on as it is") {
    const auto schema = fake::make_schema();
    auto whole = fake::make_batch(0, 3);
    const void* owner = whole->private_data;
    CHECK(first_rows(std::move(whole), *schema, 3)->private_data == owner);
}
