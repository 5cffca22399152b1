#include "session/array_bytes.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <cstdint>
#include <vector>

#include "fake_backend.hpp"

using qry::session::array_bytes;

namespace {

// Buffers and children of which the length alone is true, unless they are offsets.
struct made {
    ArrowSchema schema{};
    ArrowArray array{};
    std::vector<const void*> buffers;
    std::vector<ArrowSchema*> schemas;
    std::vector<ArrowArray*> arrays;

    made(const char* format, std::int64_t length, std::vector<const void*> with)
        : buffers(std::move(with)) {
        schema.format = format;
        array.length = length;
        array.n_buffers = static_cast<std::int64_t>(buffers.size());
        array.buffers = buffers.data();
    }
    made& holding(std::initializer_list<made*> inside) {
        for (made* one : inside) {
            schemas.push_back(&one->schema);
            arrays.push_back(&one->array);
        }
        schema.n_children = array.n_children = static_cast<std::int64_t>(inside.size());
        schema.children = schemas.data();
        array.children = arrays.data();
        return *this;
    }
    [[nodiscard]] std::uint64_t bytes() const { return array_bytes(schema, array); }
};

const std::uint64_t some[8] = {};

}  // namespace

TEST_CASE("A batch of the fake driver is eight bytes a row") {
    CHECK(array_bytes(*fake::make_schema(), *fake::make_batch(0, 3)) == 24);
}

TEST_CASE("Each fixed width counts as it lies, bits rounded up to bytes") {
    struct row {
        const char* format;
        std::uint64_t bytes_of_ten;
    };
    const auto one = GENERATE(
        row{"n", 0},
        row{"b", 2},
        row{"c", 10},
        row{"S", 20},
        row{"e", 20},
        row{"i", 40},
        row{"f", 40},
        row{"L", 80},
        row{"g", 80},
        row{"d:10,2", 160},
        row{"d:50,2,256", 320},
        row{"w:7", 70},
        row{"tdD", 40},
        row{"tdm", 80},
        row{"tts", 40},
        row{"ttm", 40},
        row{"ttu", 80},
        row{"tsu:Europe/Berlin", 80},
        row{"tDn", 80},
        row{"tiM", 40},
        row{"tiD", 80},
        row{"tin", 160}
    );
    CAPTURE(one.format);
    made column(one.format, 10, {nullptr, some});
    CHECK(column.bytes() == one.bytes_of_ten);
    column.buffers[0] = some;
    column.array.null_count = 3;
    CHECK(column.bytes() == one.bytes_of_ten + 2);
    // There, and not needed.
    column.array.null_count = 0;
    CHECK(column.bytes() == one.bytes_of_ten);
}

TEST_CASE("Of a text its offsets count, and of its bytes those that the rows use") {
    const std::int32_t offsets[] = {0, 5, 7, 7, 20};
    made text("u", 3, {nullptr, offsets, some});
    CHECK(text.bytes() == 4 * 4 + 7);
    text.array.offset = 1;
    CHECK(text.bytes() == 4 * 4 + 15);
    const std::int64_t wide[] = {0, 5, 7};
    CHECK(made("Z", 2, {nullptr, wide, some}).bytes() == 3 * 8 + 7);
    CHECK(made("u", 0, {nullptr, nullptr, nullptr}).bytes() == 4);
}

TEST_CASE("Of a list the items count that its rows hold") {
    const std::int32_t offsets[] = {0, 2, 6, 9};
    made items("l", 9, {nullptr, some});
    made list("+l", 2, {nullptr, offsets});
    list.holding({&items});
    CHECK(list.bytes() == 3 * 4 + 6 * 8);
    list.array.offset = 1;
    CHECK(list.bytes() == 3 * 4 + 7 * 8);
}

TEST_CASE("A struct is its columns, for its own rows only") {
    const std::int32_t offsets[] = {0, 1, 3, 6, 10};
    made number("i", 4, {nullptr, some});
    made text("u", 4, {nullptr, offsets, some});
    made whole("+s", 2, {nullptr});
    whole.holding({&number, &text});
    CHECK(whole.bytes() == 2 * 4 + 3 * 4 + 3);
    // The struct's offset moves its columns as well.
    whole.array.offset = 2;
    CHECK(whole.bytes() == 2 * 4 + 3 * 4 + 7);
}

TEST_CASE("A dictionary counts whole, beside the indices of the rows") {
    const std::int32_t offsets[] = {0, 3, 6};
    made values("u", 2, {nullptr, offsets, some});
    made column("c", 10, {nullptr, some});
    column.schema.dictionary = &values.schema;
    column.array.dictionary = &values.array;
    CHECK(column.bytes() == 10 + 3 * 4 + 6);
}

TEST_CASE("A type that nobody knows, and a child that is not there, count for nothing") {
    CHECK(made("+ud:0", 10, {some, some}).bytes() == 0);
    CHECK(made("?", 10, {nullptr, some}).bytes() == 0);
    made item("l", 1, {nullptr, some});
    made whole("+s", 1, {nullptr});
    whole.holding({&item});
    whole.array.n_children = 0;
    CHECK(whole.bytes() == 0);
}
