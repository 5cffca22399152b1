#include "schema/image.hpp"

#include <cstring>

#include <catch2/catch.hpp>

#include "parts.hpp"
#include "schema/checksum.hpp"
#include "schema/layout.hpp"

using namespace qry;
using namespace qry::test;

namespace {

schema_ptr small() {
    return make_snapshot(
        {{"d", "s", "orders", "table", "all orders", 5}, {"d", "s", "people"}},
        {{"d", "s", "orders", "id", 1}, {"d", "s", "orders", "who", 2, "text", "string"}},
        {{"d", "s", "orders", "fk", "foreign", {{"who"}}, "d", "s", "people", {{"id"}}}},
        {.generation = 3, .taken_at = {}, .config_hash = "hash", .digest = "1.0 abc"}
    );
}

// Reads everything there is, so that a bad reference would be followed.
std::size_t read_all(const schema_snapshot& s) {
    std::size_t size = s.config_hash().size() + s.catalogs().size();
    for (std::uint32_t i = 0; i < s.table_count(); ++i) {
        const auto t = s.table(i);
        size += t.name().size() + t.kind().size() + t.comment().value_or("").size();
        for (std::uint32_t c = 0; c < t.column_count(); ++c) {
            size += t.column(c).name.size() + t.column(c).type.size();
        }
        for (const auto& k : t.keys())
            size += k.columns.size() + k.ref_columns.size();
    }
    return size + s.prompt(1000, "orders of people").size() + s.search("o").size();
}

// Makes a block with a changed word pass the checksum, so that the other checks are what is tested.
std::string resealed(std::string bytes) {
    schema::image_header h;
    std::memcpy(&h, bytes.data(), sizeof(h));
    if (h.size != bytes.size() || bytes.size() % 8 != 0) return bytes;
    h.checksum = schema::checksum(reinterpret_cast<const std::byte*>(bytes.data()), bytes.size());
    std::memcpy(bytes.data(), &h, sizeof(h));
    return bytes;
}

}  // namespace

TEST_CASE("a snapshot is the same after keeping and loading it") {
    const auto before = small();
    const std::string bytes = schema::serialize(*before);
    const auto loaded = schema::load(bytes);
    REQUIRE(loaded);
    const auto& now = **loaded;
    CHECK(now.generation() == 3);
    CHECK(now.config_hash() == "hash");
    CHECK(now.digest() == "1.0 abc");
    CHECK(now.taken_at() == before->taken_at());
    REQUIRE(now.table_count() == 2);
    CHECK(now.table(0).comment() == "all orders");
    CHECK(now.table(0).column(1).name == "who");
    CHECK(now.table(0).keys().at(0).ref_table == "people");
    CHECK(compare(*before, now).empty());
    CHECK(schema::serialize(now) == bytes);
}

TEST_CASE("bytes that lie at an odd address load as well") {
    const std::string bytes = "x" + schema::serialize(*small());
    REQUIRE(schema::load(std::string_view(bytes).substr(1)));
}

TEST_CASE("no changed byte goes unnoticed") {
    const std::string good = schema::serialize(*small());
    for (std::size_t at = 0; at < good.size(); ++at) {
        for (const int change : {0x01, 0x80, 0xFF}) {
            std::string bad = good;
            bad[at] = static_cast<char>(bad[at] ^ change);
            INFO("byte " << at);
            REQUIRE_FALSE(schema::load(bad));
        }
    }
}

TEST_CASE("no shorter or longer block is taken") {
    const std::string good = schema::serialize(*small());
    for (std::size_t size = 0; size < good.size(); ++size) {
        REQUIRE_FALSE(schema::load(std::string_view(good).substr(0, size)));
    }
    REQUIRE_FALSE(schema::load(good + std::string(8, '\0')));
}

TEST_CASE("a block whose checksum fits is either refused or safe to read") {
    const std::string good = schema::serialize(*small());
    std::size_t refused = 0;
    std::size_t taken = 0;
    for (std::size_t at = 0; at < good.size(); ++at) {
        for (const int change : {0x01, 0x10, 0x80, 0xFF}) {
            std::string bad = good;
            bad[at] = static_cast<char>(bad[at] ^ change);
            const auto loaded = schema::load(resealed(bad));
            if (!loaded) {
                ++refused;
                continue;
            }
            ++taken;
            CHECK(read_all(**loaded) > 0);
        }
    }
    CHECK(refused > 0);
    CHECK(taken > 0);
}

TEST_CASE("a block of another layout says which") {
    std::string bytes = schema::serialize(*small());
    bytes[8] = 1;
    const auto loaded = schema::load(resealed(bytes));
    REQUIRE_FALSE(loaded);
    CHECK(
        loaded.error().message ==
        "the stored schema cannot be used: it has layout 1, this host reads layout 2"
    );
    CHECK(loaded.error().hint == "refresh the schema of this datasource to read it anew");
}

TEST_CASE("a repeated text is kept once and a column costs no more than 30 bytes") {
    std::vector<column_row> columns;
    for (int i = 1; i <= 1000; ++i)
        columns.push_back({"d", "s", "t", "the_same_name", i});
    const auto bytes = schema::serialize(*make_snapshot({{"d", "s", "t"}}, columns));
    CHECK(bytes.size() < 1000 * 30);
    CHECK(bytes.find("the_same_name") == bytes.rfind("the_same_name"));
}
