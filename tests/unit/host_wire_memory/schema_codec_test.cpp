#include <cstring>
#include <random>

#include <catch2/catch.hpp>

#include "rows.hpp"

using namespace qry;
using namespace qry::wire;

namespace {

std::vector<std::byte> encoded(const ArrowSchema& schema) {
    std::vector<std::byte> out;
    writer to(out);
    put_schema(to, schema);
    return out;
}

std::string refusal(const std::vector<std::byte>& from) {
    const auto got = get_schema(from);
    REQUIRE_FALSE(got.has_value());
    CHECK(got.error().kind == status::plugin_error);
    CHECK(got.error().from == origin::host);
    return got.error().message;
}

// One field, with what is given and otherwise sound.
struct one_field {
    std::string format = "l";
    std::string name = "n";
    std::string metadata{};
    std::int64_t flags = ARROW_FLAG_NULLABLE;
    std::uint8_t dictionary = 0;
    std::uint32_t children = 0;

    void put(writer& to) const {
        to.text(format);
        to.text(name);
        to.bytes(std::as_bytes(std::span(metadata)));
        to.i64(flags);
        to.u8(dictionary);
        to.u32(children);
    }
    [[nodiscard]] std::vector<std::byte> bytes() const {
        std::vector<std::byte> out;
        writer to(out);
        put(to);
        return out;
    }
};

bool has(const std::string& text, const char* part) {
    UNSCOPED_INFO(text);
    return text.find(part) != std::string::npos;
}

std::string ints(std::initializer_list<std::int32_t> values) {
    std::string out;
    for (const std::int32_t v : values)
        out.append(reinterpret_cast<const char*>(&v), sizeof(v));
    return out;
}

}  // namespace

TEST_CASE("A schema of every type arrives with names, metadata and flags") {
    auto fields = test::all_fields();
    fields[3].metadata = {{"qry.type", "numeric(12,2)"}, {"", ""}};
    fields[4].nullable = false;
    fields[5].name = "\xE5\xB9\xB4";
    const arrow::field type = test::rows_of(fields);
    const unique_schema schema = arrow::export_field(type);
    auto got = get_schema(encoded(*schema));
    REQUIRE(got.has_value());
    const auto read = arrow::import_field(**got);
    REQUIRE(read.has_value());
    CHECK(*read == type);
    // A child may be moved out and outlive the rest.
    unique_schema child((*got)->children[3]);
    got->reset();
    CHECK(std::string(child->name) == "c3");
    CHECK(arrow::decode_metadata(child->metadata) == fields[3].metadata);
}

TEST_CASE("Flags of dictionaries and maps are kept") {
    unique_schema schema = arrow::export_field(
        {.name = "d",
         .type = arrow::data_type::dictionary(arrow::type_id::int8, arrow::type_id::utf8)}
    );
    schema->flags |= ARROW_FLAG_DICTIONARY_ORDERED;
    const auto got = get_schema(encoded(*schema));
    REQUIRE(got.has_value());
    CHECK((*got)->flags == (ARROW_FLAG_DICTIONARY_ORDERED | ARROW_FLAG_NULLABLE));
    REQUIRE((*got)->dictionary != nullptr);
    CHECK(std::string((*got)->dictionary->format) == "u");
}

TEST_CASE("A name that is not UTF-8 is mended before it is sent") {
    unique_schema schema = arrow::export_field({.name = "caf\xE9", .type = arrow::type_id::int8});
    const auto got = get_schema(encoded(*schema));
    REQUIRE(got.has_value());
    CHECK(std::string((*got)->name) == "caf\xEF\xBF\xBD");
}

TEST_CASE("What is wrong with a schema is told") {
    REQUIRE(get_schema(one_field{}.bytes()).has_value());
    CHECK(has(refusal(one_field{.format = "vu"}.bytes()), "format 'vu'"));
    CHECK(has(refusal(one_field{.format = ""}.bytes()), "format ''"));
    CHECK(has(refusal(one_field{.format = std::string("l\0x", 3)}.bytes()), "NUL"));
    CHECK(has(refusal(one_field{.name = std::string("n\0", 2)}.bytes()), "NUL"));
    CHECK(has(refusal(one_field{.name = "\xFF"}.bytes()), "UTF-8"));
    CHECK(has(refusal(one_field{.flags = 8}.bytes()), "flags 8"));
    CHECK(!refusal(one_field{.dictionary = 2}.bytes()).empty());
    CHECK(!refusal(one_field{.dictionary = 1}.bytes()).empty());
    CHECK(!refusal(one_field{.children = 1}.bytes()).empty());
    CHECK(!refusal(one_field{.children = UINT32_MAX}.bytes()).empty());
    auto longer = one_field{}.bytes();
    longer.push_back(std::byte{0});
    CHECK(has(refusal(longer), "1 bytes too many"));
}

TEST_CASE("Metadata whose lengths lie is refused before anybody follows them") {
    const std::string sound = ints({1, 1}) + "k" + ints({1}) + "v";
    const auto got = get_schema(one_field{.metadata = sound}.bytes());
    REQUIRE(got.has_value());
    CHECK(arrow::decode_metadata((*got)->metadata) == arrow::metadata{{"k", "v"}});
    for (const std::string& wrong :
         {std::string("\1"),
          ints({1}),
          ints({-1}),
          ints({1, 100}),
          ints({1, -1}),
          ints({INT32_MAX}),
          sound + "x",
          sound.substr(0, sound.size() - 1)}) {
        CHECK(has(refusal(one_field{.metadata = wrong}.bytes()), "metadata"));
    }
}

TEST_CASE("Nesting and numbers of fields have an end") {
    std::vector<std::byte> deep;
    writer to(deep);
    for (int level = 0; level < 200; ++level)
        one_field{.format = "+l", .children = 1}.put(to);
    one_field{}.put(to);
    CHECK(has(refusal(deep), "64 levels"));
    std::vector<std::byte> wide;
    writer more(wide);
    one_field{.format = "+s", .children = 100'001}.put(more);
    for (int i = 0; i < 100'001; ++i)
        one_field{}.put(more);
    CHECK(has(refusal(wide), "100000 fields"));
}

TEST_CASE("A schema with something changed in it is refused or sound") {
    const auto sound = encoded(*arrow::export_field(test::rows_of(test::all_fields())));
    std::mt19937 random(4);
    int accepted = 0;
    for (int turn = 0; turn < 20'000; ++turn) {
        auto payload = sound;
        for (unsigned changes = 1 + random() % 2; changes > 0; --changes)
            payload[random() % payload.size()] = static_cast<std::byte>(random());
        if (random() % 8 == 0) payload.resize(random() % payload.size());
        const auto got = get_schema(payload);
        if (!got) continue;
        ++accepted;
        CHECK(arrow::import_field(**got).has_value());
    }
    CHECK(accepted > 0);
    CHECK(accepted < 20'000);
}
