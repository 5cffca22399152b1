// Results in segments: fetched from a store, unpacked, acknowledged.
#include <lz4.h>
#include <zstd.h>
#include <catch2/catch.hpp>

#include <qry/kit/text/base64.hpp>

#include "coordinator.hpp"

namespace qry::test {

namespace {

std::string zstd(const std::string& text) {
    std::string out(ZSTD_compressBound(text.size()), '\0');
    out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 1));
    return out;
}

// A raw block, as the server writes it.
std::string lz4(const std::string& text) {
    std::string out(
        static_cast<std::size_t>(LZ4_compressBound(static_cast<int>(text.size()))), '\0'
    );
    out.resize(static_cast<std::size_t>(LZ4_compress_default(
        text.data(), out.data(), static_cast<int>(text.size()), static_cast<int>(out.size())
    )));
    return out;
}

std::string data(const std::string& encoding, const std::string& segments) {
    return one_column + R"(,"data":{"encoding":")" + encoding + R"(","segments":[)" + segments +
           "]}";
}

std::string sizes(std::size_t packed, std::size_t plain) {
    std::string out = R"("metadata":{"segmentSize":)" + std::to_string(packed);
    if (plain != 0) out += R"(,"uncompressedSize":)" + std::to_string(plain);
    return out + R"(,"rowsCount":2,"rowOffset":0})";
}

std::string spooled(const std::string& store, int number, std::size_t packed, std::size_t plain) {
    const std::string n = std::to_string(number);
    return R"({"type":"spooled","uri":")" + store + "/segment/" + n + R"(","ackUri":")" + store +
           "/ack/" + n + R"(",)" + sizes(packed, plain) + R"(,"headers":{"x-key":["secret-)" + n +
           R"("]}})";
}

std::string inlined(const std::string& bytes, std::size_t plain) {
    return R"({"type":"inline","data":")" + text::encode_base64(bytes) + R"(",)" +
           sizes(bytes.size(), plain) + "}";
}

const std::string rows = "[[1],[2]]";
const std::vector<std::string> both{R"({"a": 1})", R"({"a": 2})"};

}  // namespace

TEST_CASE("segments are unpacked from every encoding, spooled and inline") {
    struct way {
        const char* encoding;
        std::string packed;
        std::size_t plain;
    };
    const way ways[]{
        {"json", rows, 0},
        {"json+zstd", zstd(rows), rows.size()},
        {"json+lz4", lz4(rows), rows.size()},
        // Too small to be worth it: plain, whatever the encoding says.
        {"json+zstd", rows, 0}};
    for (const way& w : ways) {
        INFO(w.encoding);
        coordinator trino;
        trino.serve("/segment/1", w.packed);
        trino.serve("/ack/1", "");
        trino.answer_to(
            "spooled",
            {.replies = {data(w.encoding, spooled(trino.url(), 1, w.packed.size(), w.plain))}}
        );
        trino.answer_to("inline", {.replies = {data(w.encoding, inlined(w.packed, w.plain))}});
        auto s = connect(trino);
        CHECK(rows_of(s->query("select spooled")) == both);
        CHECK(trino.asked("GET /ack/1 ") == 1);
        CHECK(rows_of(s->query("select inline")) == both);
        check_rules(*s);
    }
}

TEST_CASE("segments come in order, each with its own headers and none of the login") {
    coordinator trino;
    coordinator store;
    std::string list;
    for (int n = 1; n <= 9; ++n) {
        const std::string body = "[[" + std::to_string(n) + "]]";
        store.serve("/segment/" + std::to_string(n), body);
        store.serve("/ack/" + std::to_string(n), "");
        list += (n > 1 ? "," : "") + spooled(store.url(), n, body.size(), 0);
    }
    trino.answer_to("select a", {.replies = {data("json", list), ""}});
    auto source = trino.source({{"auth", "basic"}, {"allow_plain_login", "true"}});
    source.secrets["password"] = "correct horse";
    auto made = conformance::session::connect(starburst(), source);
    REQUIRE(made);
    auto& s = **made;
    std::vector<std::string> expected;
    for (int n = 1; n <= 9; ++n)
        expected.push_back(R"({"a": )" + std::to_string(n) + "}");
    CHECK(rows_of(s.query("select a")) == expected);
    CHECK(trino.head_of("POST").find("Authorization: Basic ") != std::string::npos);
    for (int n = 1; n <= 9; ++n) {
        for (const std::string verb : {"/segment/", "/ack/"}) {
            const std::string head = store.head_of("GET " + verb + std::to_string(n) + ' ');
            CHECK(head.find("x-key: secret-" + std::to_string(n)) != std::string::npos);
            CHECK(head.find("Authorization") == std::string::npos);
            CHECK(head.find("X-Trino") == std::string::npos);
        }
    }
    check_rules(s);
}

TEST_CASE("a segment that the coordinator hands out itself is asked for with the login") {
    coordinator trino;
    trino.serve("/segment/1", rows);
    trino.serve("/ack/1", "");
    trino.answer_to(
        "select a", {.replies = {data("json", spooled(trino.url(), 1, rows.size(), 0))}}
    );
    auto source = trino.source({{"auth", "basic"}, {"allow_plain_login", "true"}});
    source.secrets["password"] = "correct horse";
    auto made = conformance::session::connect(starburst(), source);
    REQUIRE(made);
    CHECK(rows_of((*made)->query("select a")) == both);
    CHECK(trino.head_of("GET /segment/1").find("Authorization: Basic ") != std::string::npos);
    check_rules(**made);
}

TEST_CASE("a segment that the coordinator sends its clients on for comes from the store") {
    coordinator trino;
    coordinator store;
    trino.send_on("/segment/1", store.url() + "/bucket/1");
    trino.serve("/ack/1", "");
    store.serve("/bucket/1", rows);
    trino.answer_to(
        "select a", {.replies = {data("json", spooled(trino.url(), 1, rows.size(), 0))}}
    );
    auto source = trino.source({{"auth", "basic"}, {"allow_plain_login", "true"}});
    source.secrets["password"] = "correct horse";
    auto made = conformance::session::connect(starburst(), source);
    REQUIRE(made);
    CHECK(rows_of((*made)->query("select a")) == both);
    CHECK(store.head_of("GET /bucket/1").find("Authorization") == std::string::npos);
    CHECK(store.head_of("GET /bucket/1").find("x-key: secret-1") != std::string::npos);
    check_rules(**made);
}

TEST_CASE("a segment that is damaged, gone or larger than it says is an error that names it") {
    struct fault {
        const char* encoding;
        std::string packed;
        std::size_t plain;
    };
    const std::string cut = zstd(rows).substr(0, 12);
    const fault faults[]{
        {"json+zstd", "no zstd at all", rows.size()},
        {"json+zstd", cut, rows.size()},
        {"json+zstd", zstd(rows), rows.size() + 1},
        {"json+zstd", zstd(rows), rows.size() - 1},
        {"json+lz4", lz4(rows), rows.size() + 1},
        {"json+lz4", "\xff\xff\xff\xff", rows.size()},
        {"json+zstd", zstd(rows), std::size_t{1} << 40},
        {"brotli", rows, rows.size()},
        {"json", "[[1],[2", 0}};
    for (const fault& f : faults) {
        INFO(f.encoding << " " << f.plain);
        coordinator trino;
        trino.serve("/segment/1", f.packed);
        trino.answer_to(
            "select a",
            {.replies = {data(f.encoding, spooled(trino.url(), 1, f.packed.size(), f.plain))},
             .hangs = true}
        );
        auto s = connect(trino);
        CHECK_FALSE(s->query("select a"));
        CHECK(trino.stopped().size() == 1);
        check_rules(*s);
    }
    coordinator trino;
    trino.answer_to(
        "select a", {.replies = {data("json", spooled(trino.url(), 1, 9, 0))}, .hangs = true}
    );
    auto s = connect(trino);
    const auto got = s->query("select a");
    REQUIRE_FALSE(got);
    CHECK(got.error().message.find("segment") != std::string::npos);
    CHECK(got.error().message.find("404") != std::string::npos);
    check_rules(*s);
}

TEST_CASE("a reset while segments are on their way leaves nothing behind") {
    coordinator trino;
    std::string list;
    for (int n = 1; n <= 9; ++n) {
        trino.serve("/segment/" + std::to_string(n), rows);
        list += (n > 1 ? "," : "") + spooled(trino.url(), n, rows.size(), 0);
    }
    trino.answer_to("select a", {.replies = {data("json", list)}, .hangs = true});
    auto s = connect(trino);
    REQUIRE(s->execute({.sql = "select a", .batch_rows = 1}));
    REQUIRE(s->next());
    REQUIRE(s->reset());
    CHECK(trino.stopped().size() == 1);
    check_rules(*s);
}

}  // namespace qry::test
