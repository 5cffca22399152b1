#include "wire/message.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <type_traits>

#include "bytes.hpp"
#include "samples.hpp"

using namespace qry;
using wire_test::bytes;
using wire_test::encoded;

namespace {

template <class M>
M again(const M& m) {
    auto back = wire::decode<M>(encoded(m));
    REQUIRE(back);
    return std::move(*back);
}

template <class M>
std::string refusal(const std::vector<std::byte>& payload) {
    const auto back = wire::decode<M>(payload);
    REQUIRE_FALSE(back);
    CHECK(back.error().from == origin::host);
    return back.error().message;
}

}  // namespace

TEST_CASE("Every message comes out as it went in") {
    for (const std::string& text : {std::string("text"), std::string(1U << 20, 'x')}) {
        wire_test::each_sample(text, [](const auto& m) { CHECK(encoded(again(m)) == encoded(m)); });
    }
}

TEST_CASE("Every field of a host's message arrives") {
    const auto hello = again(wire::hello{9, "/plugins/pg", "pg", 77, 5});
    CHECK(hello.version == 9);
    CHECK(hello.plugin_folder == "/plugins/pg");
    CHECK(hello.plugin_name == "pg");
    CHECK(hello.arena_bytes == 77);
    CHECK(hello.log_threshold == 5);

    const auto execute =
        again(wire::execute{-3, 4, "id", "select 1", {{"a", "b"}}, bytes({1, 2}), bytes({3})});
    CHECK(execute.remaining_ns == -3);
    CHECK(execute.credit == 4);
    CHECK(execute.query_id == "id");
    CHECK(execute.sql == "select 1");
    CHECK(execute.options == std::map<std::string, std::string>{{"a", "b"}});
    CHECK(execute.args_schema == bytes({1, 2}));
    CHECK(execute.args == bytes({3}));

    const auto introspect = again(wire::introspect{8, 2, "id", 3, true, false});
    CHECK(introspect.remaining_ns == 8);
    CHECK(introspect.credit == 2);
    CHECK(introspect.query_id == "id");
    CHECK(introspect.part == 3);
    CHECK(introspect.first);
    CHECK_FALSE(introspect.last);

    CHECK(again(wire::credit{5}).batches == 5);
    CHECK(again(wire::timed{-6}).remaining_ns == -6);
    CHECK(again(wire::give_back{7}).batch == 7);
    CHECK(again(wire::ping{8}).cookie == 8);
}

TEST_CASE("Secrets arrive as they are, whatever their bytes") {
    const auto m = again(wire_test::sample_connect());
    CHECK(m.test);
    CHECK(m.remaining_ns == -5);
    CHECK(m.query_id == "q-7");
    CHECK(m.params == std::map<std::string, std::string>{{"host", "db"}, {"dbname", ""}});
    REQUIRE(m.secrets.size() == 2);
    CHECK(m.secrets.at("password").reveal() == "hunter2 \xff not UTF-8");
    CHECK(m.secrets.at("passphrase").empty());
}

TEST_CASE("A connect moves its buffer at most before the first secret is in it") {
    std::vector<std::byte> payload;
    wire::writer to(payload);
    const auto m = wire_test::sample_connect();
    wire::encode(to, m);
    // Reserved to the byte from nothing, so that it was not grown since.
    CHECK(payload.capacity() == payload.size());
}

TEST_CASE("Every field of a worker's message arrives") {
    const auto ready = again(wire::ready{2, "1.2", true});
    CHECK(ready.version == 2);
    CHECK(ready.plugin_version == "1.2");
    CHECK(ready.blocking);

    const auto head = again(wire::head{5, bytes({9})});
    CHECK(head.rows_affected == 5);
    CHECK(head.schema == bytes({9}));
    const auto ended = again(wire::ended{6, true});
    CHECK(ended.rows_affected == 6);
    CHECK(ended.reset_done);
    const auto segment = again(wire::segment{3, 4096});
    CHECK(segment.number == 3);
    CHECK(segment.bytes == 4096);
    const auto line = again(wire::log_line{2, "plugin pg", "hello"});
    CHECK(line.level == 2);
    CHECK(line.source == "plugin pg");
    CHECK(line.text == "hello");
    const auto info = again(wire::info{"key", "value"});
    CHECK(info.key == "key");
    CHECK(info.value == "value");
    const auto step = again(test_step_report{"tls", true, duration(3), "detail", "hint"});
    CHECK(step.name == "tls");
    CHECK(step.ok);
    CHECK(step.elapsed == duration(3));
    CHECK(step.detail == "detail");
    CHECK(step.hint == "hint");
    const auto notice = again(query_notice{"NOTICE", "00000", "text"});
    CHECK(notice.severity == "NOTICE");
    CHECK(notice.sqlstate == "00000");
    CHECK(notice.message == "text");
}

TEST_CASE("An error arrives whole") {
    const error sent = wire_test::sample_error();
    const error e = again(wire::failed{sent}).why;
    CHECK(e.kind == status::query_timeout);
    CHECK(e.message == "it took too long");
    CHECK(e.hint == "wait longer");
    CHECK(e.from == origin::server);
    CHECK(e.detail == "a detail");
    CHECK(e.sqlstate == "57014");
    CHECK(e.vendor_code == std::numeric_limits<std::int64_t>::min());
    CHECK(e.parameter == "host");
    CHECK(e.position == 42);
    CHECK(e.retryable);
    CHECK(e.datasource == "sales");
    REQUIRE(e.limit);
    CHECK(e.limit->limit == std::chrono::seconds(30));
    CHECK(e.limit->source == "datasource 'sales'");
    CHECK(e.limit->elapsed == std::chrono::nanoseconds(30'000'000'001));
    CHECK_FALSE(again(wire::failed{error{.message = "m"}}).why.limit);
}

TEST_CASE("A message that ends early, anywhere, is refused; so is one byte too many") {
    wire_test::each_sample("some text", [](const auto& m) {
        using message = std::remove_cvref_t<decltype(m)>;
        auto payload = encoded(m);
        for (std::size_t size = 0; size != payload.size(); ++size) {
            const std::span<const std::byte> part(payload.data(), size);
            INFO(size << " of " << payload.size());
            CHECK_FALSE(wire::decode<message>(part));
        }
        payload.push_back(std::byte{0});
        const std::string why = refusal<message>(payload);
        CHECK(why.substr(0, 6) == "frame ");
        CHECK(why.find(": 1 bytes too many at the end") != std::string::npos);
    });
}

TEST_CASE("A refusal names frame and field") {
    auto payload = encoded(wire::execute{0, 1, "", "select 1", {}, {}, {}});
    // 8 remaining_ns, 4 credit, 4 for the empty query_id, 4 for the length of sql.
    payload.resize(8 + 4 + 4 + 4 + 3);
    CHECK(refusal<wire::execute>(payload) == "frame execute: sql is cut off");
    payload.resize(8 + 2);
    CHECK(refusal<wire::execute>(payload) == "frame execute: credit is cut off");
    CHECK(
        refusal<wire::ended>(bytes({0, 0, 0, 0, 0, 0, 0, 0, 2})) ==
        "frame ended: reset_done is 2; expected 0 or 1"
    );
    CHECK(refusal<wire::timed>({}) == "frame reset or close: remaining_ns is cut off");
}

TEST_CASE("A secret given twice is refused without being quoted") {
    std::vector<std::byte> payload;
    wire::writer to(payload);
    to.u8(0);
    to.i64(0);
    to.text("");
    to.texts({});
    to.u32(2);
    for (const char* value : {"hunter2", "hunter3"}) {
        to.text("password");
        to.text(value);
    }
    CHECK(refusal<wire::connect>(payload) == "frame connect: secrets has a name twice");
}

TEST_CASE("An error of a kind or an origin nobody knows is refused") {
    auto payload = encoded(wire::failed{wire_test::sample_error()});
    // The kind is the first thing in it.
    payload[0] = std::byte{19};
    CHECK(refusal<wire::failed>(payload) == "frame failed: kind is 19, which is not known");
    payload[0] = std::byte{0};
    CHECK(refusal<wire::failed>(payload) == "frame failed: kind is 0, which is not known");
    payload[0] = std::byte{18};
    CHECK(wire::decode<wire::failed>(payload));
    // 4 for the kind, then message and hint with their lengths.
    const std::size_t origin_at = 4 + 4 + 16 + 4 + 11;
    REQUIRE(payload.at(origin_at) == std::byte{3});
    payload[origin_at] = std::byte{4};
    CHECK(refusal<wire::failed>(payload) == "frame failed: origin is 4, which is not known");
}

TEST_CASE("Types have names, other numbers have none") {
    CHECK(wire::frame_name(wire::frame_type::hello) == "hello");
    CHECK(wire::frame_name(wire::frame_type::drained) == "drained");
    int known = 0;
    for (int i = 0; i != 65536; ++i) {
        if (!wire::frame_name(static_cast<wire::frame_type>(i)).empty()) ++known;
    }
    CHECK(known == 26);
}
