// What a hostile worker may say: nothing of it may be believed.
#include <cstring>
#include <random>

#include <catch2/catch.hpp>

#include "rows.hpp"

using namespace qry;
using namespace qry::wire;

namespace {

std::vector<std::byte> frame_of(
    const arrow::field& type, const ArrowArray& rows, const sharing& memory
) {
    std::vector<std::byte> payload;
    writer to(payload);
    REQUIRE(put_batch(to, 7, type, rows, memory).has_value());
    return payload;
}

template <class T>
T read_at(const std::vector<std::byte>& from, std::size_t at) {
    T value;
    std::memcpy(&value, from.data() + at, sizeof(value));
    return value;
}
template <class T>
void write_at(std::vector<std::byte>& to, std::size_t at, T value) {
    std::memcpy(to.data() + at, &value, sizeof(value));
}

std::string refusal(
    const std::vector<std::byte>& payload, const arrow::field& type, test::memory_pair& memory
) {
    memory.tell();
    const auto got = get_batch(payload, type, memory.map(), trust::checked, memory.landing());
    CHECK(memory.blocks() == 0);
    REQUIRE_FALSE(got.has_value());
    CHECK(got.error().kind == status::plugin_error);
    CHECK(got.error().from == origin::host);
    return got.error().message;
}

// Id, then the struct of all columns, whose bitmap is absent.
constexpr std::size_t first_column = 8 + 24 + 1;
constexpr std::size_t first_buffer = first_column + 24;

// Where the sizes of the first column's buffers are.
std::vector<std::size_t> sizes_of(const std::vector<std::byte>& payload, int buffers) {
    std::vector<std::size_t> out;
    std::size_t at = first_buffer;
    for (int i = 0; i < buffers; ++i) {
        const auto kind = std::to_integer<int>(payload[at]);
        if (kind != 0) out.push_back(at + 1);
        at += kind == 0 ? 1 : kind == 1 ? 9 : 21;
    }
    return out;
}

bool has(const std::string& text, const char* part) {
    UNSCOPED_INFO(text);
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("A buffer one byte short or long is refused, for every type") {
    test::memory_pair memory;
    for (const arrow::field& column : test::all_fields()) {
        if (column.type.id() == arrow::type_id::null) continue;
        INFO(column.type.name());
        const arrow::field type = test::rows_of({column});
        const unique_array rows = test::make_rows(type, 6000, memory.builders(), 100);
        const auto sound = frame_of(type, *rows, memory.sharing());
        const auto count = static_cast<int>(rows->children[0]->n_buffers);
        const auto sizes = sizes_of(sound, count);
        // All there: bitmap, values or offsets, text.
        CHECK(static_cast<int>(sizes.size()) == count);
        for (const std::size_t at : sizes) {
            for (const std::uint64_t by : {UINT64_MAX, std::uint64_t{1}}) {
                auto wrong = sound;
                write_at(wrong, at, read_at<std::uint64_t>(sound, at) + by);
                CHECK(has(refusal(wrong, type, memory), "instead of"));
            }
        }
    }
}

TEST_CASE("Every field of a descriptor is held against what can be") {
    test::memory_pair memory;
    const arrow::field type = test::rows_of({{.name = "n", .type = arrow::type_id::int64}});
    const unique_array rows = test::make_rows(type, 30'000, memory.builders());
    const auto sound = frame_of(type, *rows, memory.sharing());
    const auto with = [&](std::size_t at, auto value) {
        auto wrong = sound;
        write_at(wrong, at, value);
        return refusal(wrong, type, memory);
    };
    const std::size_t values = sizes_of(sound, 2)[1];
    REQUIRE(std::to_integer<int>(sound[values - 1]) == 2);
    CHECK(has(with(0, std::uint64_t{0}), "without an id"));
    // Rows: of the batch, then of the column.
    CHECK(has(with(8, std::int64_t{30'001}), "30000 rows instead of 30001"));
    CHECK(has(with(8, std::int64_t{-1}), "out of range"));
    CHECK(has(with(8, INT64_MAX), "out of range"));
    CHECK(has(with(24, std::int64_t{1}), "30000 rows instead of 30001"));
    CHECK(has(with(first_column, std::int64_t{29'999}), "240000 bytes instead of 239992"));
    CHECK(has(with(first_column, std::int64_t{0}), "counts 5000 nulls in 0 rows"));
    CHECK(has(with(first_column + 8, std::int64_t{4999}), "null_count is 4999"));
    CHECK(has(with(first_column + 8, std::int64_t{30'001}), "counts 30001 nulls"));
    CHECK(has(with(first_column + 8, std::int64_t{-2}), "counts -2 nulls"));
    CHECK(has(with(first_column + 16, std::int64_t{64}), "instead of"));
    CHECK(has(with(first_column + 16, INT64_MIN), "out of range"));
    CHECK(has(with(values - 1, std::uint8_t{3}), "unknown kind 3"));
    CHECK(has(with(values, std::uint64_t{0}), "no bytes"));
    // The place.
    CHECK(has(with(values + 8, std::uint32_t{0}), "cannot be"));
    CHECK(has(with(values + 8, std::uint32_t{2}), "cannot be"));
    CHECK(has(with(values + 12, segment_bytes - 239'999), "cannot be"));
    CHECK(has(with(values + 12, UINT64_MAX - 15), "cannot be"));
    CHECK(has(with(values + 12, std::uint64_t{8}), "cannot be"));
}

TEST_CASE("A frame that ends early, late or with something in its gaps is refused") {
    test::memory_pair memory;
    const arrow::field type = test::rows_of({{.name = "n", .type = arrow::type_id::int32}});
    const unique_array rows = test::make_rows(type, 5);
    const auto sound = frame_of(type, *rows, memory.sharing());
    for (std::size_t size = 0; size < sound.size(); ++size) {
        CHECK(
            !refusal({sound.begin(), sound.begin() + static_cast<long>(size)}, type, memory).empty()
        );
    }
    auto wrong = sound;
    wrong.push_back(std::byte{0});
    CHECK(has(refusal(wrong, type, memory), "1 bytes too many"));
    // 75 bytes of nodes, so that a gap of five follows.
    REQUIRE(sound[75] == std::byte{0});
    wrong = sound;
    wrong[75] = std::byte{1};
    CHECK(has(refusal(wrong, type, memory), "between its buffers"));
    wrong = sound;
    wrong[0] = std::byte{1};
    CHECK(has(refusal(wrong, type, memory), "without sharing"));
}

TEST_CASE("More rows than a batch may have are refused") {
    test::memory_pair memory;
    const arrow::field type = test::rows_of({{.name = "b", .type = arrow::type_id::boolean}});
    const unique_array rows = test::make_rows(type, 65'537);
    CHECK(has(refusal(frame_of(type, *rows, memory.sharing()), type, memory), "65537 rows"));
    const unique_array most = test::make_rows(type, 65'536);
    const auto payload = frame_of(type, *most, memory.sharing());
    CHECK(get_batch(payload, type, memory.map(), trust::checked, memory.landing()).has_value());
}

TEST_CASE("The same bytes may not be named again and again, to be copied without end") {
    test::memory_pair memory;
    const arrow::field type = test::rows_of(
        {{.name = "a", .type = arrow::type_id::int64}, {.name = "b", .type = arrow::type_id::int64}}
    );
    // Two columns in the same twenty megabytes of one segment of 32.
    constexpr std::uint64_t rows = 2'621'440;
    void* block = memory.source().alloc(rows * 8);
    const place where = memory.source().find(block, rows * 8);
    std::vector<std::byte> payload;
    writer to(payload);
    to.u64(1);
    const auto node = [&](std::uint64_t length) {
        to.u64(length);
        to.u64(0);
        to.u64(0);
        to.u8(0);
    };
    node(1);
    for (int column = 0; column < 2; ++column) {
        node(rows);
        to.u8(2);
        to.u64(rows * 8);
        to.u32(where.number);
        to.u64(where.offset);
    }
    CHECK(has(refusal(payload, type, memory), "column 'b'"));
    memory.source().free(block, rows * 8);
}

TEST_CASE("Contents are validated: text, offsets, decimals, indices") {
    test::memory_pair memory;
    const auto spoilt = [&](const arrow::data_type& of, auto spoil) {
        const arrow::field type = test::rows_of({{.name = "c", .type = of}});
        const unique_array rows = test::make_rows(type, 12'000, memory.builders(), 100);
        spoil(*rows->children[0]);
        return refusal(frame_of(type, *rows, memory.sharing()), type, memory);
    };
    const auto set = [](const ArrowArray& array, int buffer, std::size_t at, auto value) {
        auto* to = static_cast<std::byte*>(const_cast<void*>(array.buffers[buffer]));
        std::memcpy(to + at, &value, sizeof(value));
    };
    const arrow::data_type text(arrow::type_id::utf8);
    CHECK(has(spoilt(text, [&](auto& a) { set(a, 2, 0, '\xFF'); }), "not valid UTF-8"));
    CHECK(has(spoilt(text, [&](auto& a) { set(a, 1, 400, INT32_MAX); }), "before its start"));
    CHECK(has(spoilt(text, [&](auto& a) { set(a, 1, 0, -5); }), "negative"));
    CHECK(
        has(spoilt(arrow::data_type::decimal128(38, 2), [&](auto& a) { set(a, 1, 24, INT64_MAX); }),
            "too many digits")
    );
    CHECK(
        has(spoilt(
                arrow::data_type::dictionary(arrow::type_id::int32, text),
                [&](auto& a) { set(a, 1, 4, 5); }
            ),
            "outside the 5 values")
    );
}

TEST_CASE("A hundred thousand frames with something changed in each are refused or sound") {
    test::memory_pair memory;
    std::mt19937_64 random(20'261'122);
    const std::uint64_t telling[] = {
        0,
        1,
        7,
        8,
        63,
        65'537,
        1ULL << 31,
        1ULL << 40,
        1ULL << 63,
        ~0ULL,
        ~0ULL - 7,
        0x7FFFFFFFFFFFFFFF};
    const auto fields = test::all_fields();
    std::vector<arrow::field> types;
    for (const arrow::field& column : fields)
        types.push_back(test::rows_of({column}));
    int accepted = 0;
    int refused = 0;
    for (const arrow::field& type : types) {
        const unique_array few = test::make_rows(type, 13, memory.builders());
        const unique_array many = test::make_rows(type, 700, memory.builders(), 300);
        // The second has little of its own in the frame.
        const std::vector<std::byte> frames[] = {
            frame_of(type, *few, memory.sharing()),
            frame_of(type, test::sliced(*few, 3, 9), memory.sharing()),
            frame_of(type, *many, memory.sharing())};
        memory.tell();
        for (int turn = 0; turn < 100'000 / static_cast<int>(types.size()) + 1; ++turn) {
            auto payload = frames[random() % 3];
            for (std::uint64_t changes = 1 + random() % 3; changes > 0; --changes) {
                // Mostly the descriptor, sometimes what follows.
                const std::size_t reach = random() % 4 == 0 ? payload.size() : 120;
                const std::size_t at = random() % std::min(reach, payload.size() - 8);
                switch (random() % 4) {
                    case 0:
                        payload[at] = static_cast<std::byte>(random());
                        break;
                    case 1:
                        payload[at] ^= static_cast<std::byte>(1U << (random() % 8));
                        break;
                    case 2:
                        write_at(payload, at, telling[random() % std::size(telling)]);
                        break;
                    default:
                        payload.resize(payload.size() - random() % 3);
                }
            }
            const auto got =
                get_batch(payload, type, memory.map(), trust::checked, memory.landing());
            if (!got) {
                ++refused;
                continue;
            }
            ++accepted;
            // Reads every cell.
            if (got->rows) (void)test::text_of(type, *got->rows);
        }
    }
    CHECK(accepted > 1000);
    CHECK(refused > 50'000);
    CHECK(memory.blocks() == 0);
}
