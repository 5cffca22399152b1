#include <qry/kit/arrow_ipc/stream_writer.hpp>

#include <cstring>
#include <string>

#include <catch2/catch.hpp>

#include <qry/kit/arrow/batch_builder.hpp>
#include <qry/kit/arrow/binary_builder.hpp>
#include <qry/kit/arrow/fixed_builder.hpp>
#include <qry/kit/arrow/nested_builder.hpp>

using namespace qry::arrow;
using qry::arrow_ipc::stream_writer;

namespace {

// Keeps what is written; the nth piece can be made to fail.
struct memory_file {
    std::string bytes;
    int pieces = 0;
    int fail_at = -1;

    qry::arrow_ipc::byte_sink sink() {
        return [this](std::span<const std::byte> more) -> qry::result<void> {
            if (pieces++ == fail_at) return qry::error{.message = "disk full"};
            bytes.append(reinterpret_cast<const char*>(more.data()), more.size());
            return {};
        };
    }
    std::uint32_t word(std::size_t at) const {
        REQUIRE(at + 4 <= bytes.size());
        std::uint32_t out = 0;
        std::memcpy(&out, bytes.data() + at, sizeof(out));
        return out;
    }
    std::int64_t number(std::size_t at) const {
        REQUIRE(at + 8 <= bytes.size());
        std::int64_t out = 0;
        std::memcpy(&out, bytes.data() + at, sizeof(out));
        return out;
    }
};

const field numbers{
    .name = "", .type = data_type::structure({{.name = "n", .type = type_id::int64}})};

qry::unique_array three_numbers() {
    batch_builder rows(numbers.type.children(), {}, {.rows = 0, .bytes = 0});
    for (std::int64_t n = 7; n < 10; ++n)
        rows.column<fixed_builder<std::int64_t>>(0).append(n);
    rows.end_rows(3);
    return rows.finish();
}

std::string failure(const qry::result<void>& r) {
    return r ? std::string("no failure") : r.error().message;
}

}  // namespace

TEST_CASE("a stream is a schema, batches and an end, each with its marker, at multiples of 64") {
    memory_file file;
    stream_writer writer(file.sink());
    REQUIRE(writer.begin(*export_field(numbers)));
    const std::size_t schema_end = file.bytes.size();
    REQUIRE(schema_end % 64 == 0);
    CHECK(file.word(0) == 0xFFFFFFFF);
    CHECK(file.word(4) == schema_end - 8);
    // A schema has no body: what follows is the next message.
    REQUIRE(writer.write(*three_numbers()));
    CHECK(file.word(schema_end) == 0xFFFFFFFF);
    const std::size_t body = schema_end + 8 + file.word(schema_end + 4);
    REQUIRE(body % 64 == 0);
    CHECK(file.number(body) == 7);
    CHECK(file.number(body + 8) == 8);
    CHECK(file.number(body + 16) == 9);
    // 24 bytes of values and 40 of padding.
    CHECK(file.bytes.size() == body + 64);
    CHECK(file.bytes.substr(body + 24) == std::string(40, '\0'));
    REQUIRE(writer.end());
    CHECK(file.bytes.size() == body + 64 + 8);
    CHECK(file.word(body + 64) == 0xFFFFFFFF);
    CHECK(file.word(body + 68) == 0);
}

TEST_CASE("a schema without columns and a stream without batches can be written") {
    memory_file file;
    stream_writer writer(file.sink());
    REQUIRE(writer.begin(field{.name = "", .type = data_type::structure({})}));
    const std::size_t schema_end = file.bytes.size();
    REQUIRE(writer.end());
    CHECK(file.bytes.size() == schema_end + 8);
}

TEST_CASE("values that need no rewriting reach the sink where they are") {
    const auto rows = three_numbers();
    bool seen = false;
    stream_writer writer([&](std::span<const std::byte> piece) -> qry::result<void> {
        seen = seen || static_cast<const void*>(piece.data()) == rows->children[0]->buffers[1];
        return {};
    });
    REQUIRE(writer.begin(numbers));
    REQUIRE(writer.write(*rows));
    CHECK(seen);
}

TEST_CASE("each dictionary goes before its batch") {
    const field coded{
        .name = "",
        .type = data_type::structure(
            {{.name = "d", .type = data_type::dictionary(type_id::int32, type_id::utf8)}}
        )};
    batch_builder rows(coded.type.children(), {}, {.rows = 0, .bytes = 0});
    rows.column<dictionary_builder>(0).append("red");
    rows.end_rows(1);
    memory_file file;
    stream_writer writer(file.sink());
    REQUIRE(writer.begin(coded));
    const std::size_t first = file.bytes.size();
    REQUIRE(writer.write(*rows.finish()));
    // Its values: no bitmap, offsets {0, 3}, "red", the last two at a multiple of 64 each.
    const std::size_t values = first + 8 + file.word(first + 4);
    CHECK(file.word(values) == 0);
    CHECK(file.word(values + 4) == 3);
    CHECK(file.bytes.substr(values + 64, 4) == std::string("red\0", 4));
    // The batch: index 0.
    const std::size_t batch = values + 128;
    CHECK(file.word(batch) == 0xFFFFFFFF);
    const std::size_t index = batch + 8 + file.word(batch + 4);
    CHECK(file.word(index) == 0);
    CHECK(file.bytes.size() == index + 64);
}

TEST_CASE("calls out of turn are refused, and write nothing") {
    memory_file file;
    stream_writer writer(file.sink());
    CHECK(
        failure(writer.write(*three_numbers())) ==
        "Arrow stream: write() before begin(): a stream starts with its schema"
    );
    CHECK(failure(writer.end()).find("end() before begin()") != std::string::npos);
    CHECK(file.bytes.empty());
    REQUIRE(writer.begin(numbers));
    const std::size_t size = file.bytes.size();
    CHECK(failure(writer.begin(numbers)) == "Arrow stream: begin() on a stream that has begun");
    CHECK(file.bytes.size() == size);
    REQUIRE(writer.end());
    CHECK(
        failure(writer.write(*three_numbers())) ==
        "Arrow stream: write() after end(): nothing may follow the end"
    );
}

TEST_CASE("a schema that is no struct, and a dictionary of a dictionary, are refused") {
    memory_file file;
    stream_writer writer(file.sink());
    CHECK(
        failure(writer.begin(field{.name = "n", .type = type_id::int64})) ==
        "Arrow stream: the schema is int64, but rows are a struct with a field a column"
    );
    const auto coded = data_type::dictionary(type_id::int32, type_id::utf8);
    const auto twice = data_type::dictionary(type_id::int32, coded);
    const auto rows = data_type::structure({{.name = "d", .type = data_type::list(twice)}});
    CHECK(
        failure(writer.begin(field{.name = "", .type = rows})) ==
        "Arrow stream: a dictionary whose values are a dictionary has no place in the format"
    );
    CHECK(file.bytes.empty());
    // The writer is as before.
    CHECK(writer.begin(numbers));
}

TEST_CASE("a batch that is refused leaves the stream as it was") {
    memory_file file;
    stream_writer writer(file.sink());
    REQUIRE(writer.begin(numbers));
    const std::size_t size = file.bytes.size();
    const auto rows = three_numbers();

    ArrowArray other = *rows;
    other.n_children = 0;
    CHECK(failure(writer.write(other)).find("needs 1 children but has 0") != std::string::npos);

    const std::uint8_t second_is_null = 0x05;
    const void* bitmap[] = {&second_is_null};
    ArrowArray nulls = *rows;
    nulls.buffers = bitmap;
    nulls.null_count = -1;
    CHECK(failure(writer.write(nulls)).find("null as a whole") != std::string::npos);

    ArrowArray longer = *rows;
    longer.length = 4;
    CHECK_FALSE(writer.write(longer));

    CHECK(file.bytes.size() == size);
    REQUIRE(writer.write(*rows));
    CHECK(writer.end());
}

TEST_CASE("whichever piece the sink refuses, its error comes back and nothing follows") {
    const auto run = [](memory_file& file) {
        stream_writer writer(file.sink());
        qry::result<void> last = writer.begin(numbers);
        if (last) last = writer.write(*three_numbers());
        if (last) last = writer.end();
        if (!last) {
            const int pieces = file.pieces;
            CHECK(failure(writer.end()).find("after a failed write") != std::string::npos);
            CHECK(file.pieces == pieces);
        }
        return last;
    };
    memory_file good;
    REQUIRE(run(good));
    // Schema, header of the batch, values, their padding, end.
    REQUIRE(good.pieces == 5);
    for (int i = 0; i < good.pieces; ++i) {
        INFO("piece " << i);
        memory_file bad;
        bad.fail_at = i;
        CHECK(failure(run(bad)) == "disk full");
        CHECK(bad.pieces == i + 1);
    }
}
