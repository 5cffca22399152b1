// Seeds that this project's own code writes: frames, batches, a snapshot. No test; run it after a
// change of a format. seeds.py makes the others.
#include <filesystem>
#include <fstream>
#include <string>

#include <catch2/catch.hpp>

#include "parts.hpp"
#include "rows.hpp"
#include "samples.hpp"
#include "schema/image.hpp"

using namespace qry;

namespace {

void write(const std::string& target, const std::string& name, std::string_view bytes) {
    const auto folder = std::filesystem::path(QRY_CORPUS) / target;
    std::filesystem::create_directories(folder);
    std::ofstream(folder / ("seed-" + name), std::ios::binary) << bytes;
}

std::string_view text(const std::vector<std::byte>& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

template <class T>
constexpr wire::frame_type type_of() {
    using enum wire::frame_type;
    if constexpr (std::is_same_v<T, wire::hello>) return hello;
    if constexpr (std::is_same_v<T, wire::ready>) return ready;
    if constexpr (std::is_same_v<T, wire::connect>) return connect;
    if constexpr (std::is_same_v<T, wire::execute>) return execute;
    if constexpr (std::is_same_v<T, wire::introspect>) return introspect;
    if constexpr (std::is_same_v<T, wire::credit>) return credit;
    if constexpr (std::is_same_v<T, wire::timed>) return reset;
    if constexpr (std::is_same_v<T, wire::give_back>) return give_back;
    if constexpr (std::is_same_v<T, wire::head>) return head;
    if constexpr (std::is_same_v<T, wire::ended>) return ended;
    if constexpr (std::is_same_v<T, wire::failed>) return failed;
    if constexpr (std::is_same_v<T, wire::segment>) return segment;
    if constexpr (std::is_same_v<T, wire::log_line>) return log_line;
    if constexpr (std::is_same_v<T, wire::info>) return info;
    if constexpr (std::is_same_v<T, wire::ping>) return ping;
    if constexpr (std::is_same_v<T, test_step_report>) return step;
    return notice;
}

}  // namespace

TEST_CASE("frames") {
    std::string all;
    int number = 0;
    wire_test::each_sample("ä text", [&](const auto& m) {
        using message = std::remove_cvref_t<decltype(m)>;
        const auto payload = wire_test::encoded(m);
        std::byte header[wire::header_size];
        wire::put_header(
            header,
            {.length = static_cast<std::uint32_t>(payload.size()),
             .type = static_cast<std::uint16_t>(type_of<message>()),
             .channel = 1,
             .verb = 2}
        );
        std::string frame(reinterpret_cast<const char*>(header), sizeof(header));
        frame += text(payload);
        // The empty ones only together.
        if (payload.size() > 20) {
            write("wire_frame", std::to_string(number++), std::string(1, '\7') + frame);
        }
        all += frame;
    });
    write("wire_frame", "all", std::string(1, '\x65') + all);
}

TEST_CASE("batches") {
    int number = 0;
    for (const arrow::field& column : test::all_fields()) {
        const arrow::field type = test::rows_of({column});
        const unique_array rows = test::make_rows(type, 7);
        std::vector<std::byte> schema;
        wire::writer to(schema);
        wire::put_schema(to, *arrow::export_field(type).get());
        std::vector<std::byte> payload;
        wire::writer out(payload);
        REQUIRE(wire::put_batch(out, 0, type, *rows, {}).has_value());
        std::string seed{static_cast<char>(schema.size() >> 8), static_cast<char>(schema.size())};
        seed += text(schema);
        seed += text(payload);
        write("wire_batch", std::to_string(number++), seed);
    }
}

TEST_CASE("snapshots") {
    const auto made = test::make_snapshot(
        {{"d", "s", "orders", "table", "all orders", 5}, {"d", "s", "people"}},
        {{"d", "s", "orders", "id", 1}, {"d", "s", "orders", "who", 2, "text", "string"}},
        {{"d", "s", "orders", "pk", "primary", {{"id"}}},
         {"d", "s", "orders", "fk", "foreign", {{"who"}}, "d", "s", "people", {{"id"}}}}
    );
    const std::string block = schema::serialize(*made);
    write("schema_snapshot", "as-written", std::string(1, '\0') + block);
    write("schema_snapshot", "resealed", std::string(1, '\1') + block);
    const auto empty = test::make_snapshot({}, {});
    write("schema_snapshot", "empty", std::string(1, '\1') + schema::serialize(*empty));
}
