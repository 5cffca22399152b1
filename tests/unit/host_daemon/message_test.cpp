// Messages between a client and the daemon: whole, cut off, too long, and of the wrong kind.
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "daemon/message.hpp"
#include "daemon/protocol.hpp"

namespace qry::daemon {
namespace {

using bytes = std::vector<std::byte>;

template <class T>
bytes encoded(const T& m) {
    bytes out;
    wire::writer to(out);
    CHECK(encode(to, m).empty());
    return out;
}

// Comes back the same, and not at all when a byte is missing or one too many.
template <class T>
T there_and_back(const T& m) {
    bytes sent = encoded(m);
    auto got = decode<T>(sent);
    REQUIRE(got);
    CHECK(encoded(*got) == sent);
    for (std::size_t size = 0; size < sent.size(); ++size) {
        INFO("cut off after " << size << " of " << sent.size() << " bytes");
        CHECK_FALSE(decode<T>(std::span(sent).first(size)));
    }
    sent.push_back(std::byte{0});
    CHECK_FALSE(decode<T>(sent));
    return std::move(*got);
}

error some_error() {
    error e{.kind = status::query_timeout, .message = "too slow"};
    e.hint = "hurry";
    e.from = origin::server;
    e.detail = "detail";
    e.sqlstate = "57014";
    e.vendor_code = -7;
    e.parameter = "timeout";
    e.position = 12;
    e.retryable = true;
    e.datasource = "sales";
    e.limit = time_limit{std::chrono::seconds(1), "query", std::chrono::milliseconds(1002)};
    return e;
}

TEST_CASE("an error arrives with everything that it says") {
    const error got = there_and_back(failed{some_error()}).why;
    CHECK(got.kind == status::query_timeout);
    CHECK(got.message == "too slow");
    CHECK(got.from == origin::server);
    CHECK(got.sqlstate == "57014");
    CHECK(got.vendor_code == -7);
    CHECK(got.position == 12);
    CHECK(got.retryable);
    CHECK(got.datasource == "sales");
    REQUIRE(got.limit);
    CHECK(got.limit->source == "query");
    CHECK(got.limit->elapsed == std::chrono::milliseconds(1002));
}

TEST_CASE("a datasource travels with its secrets one way and without them the other") {
    datasource_spec spec;
    spec.name = "sales";
    spec.driver = "postgresql";
    spec.params = {{"host", "db"}, {"port", "5432"}};
    spec.secrets.emplace("password", secret("p\xC3\xA4ss"));
    spec.timeout = std::chrono::minutes(5);
    spec.isolation = "inline";
    spec.checked_at = std::chrono::system_clock::time_point(std::chrono::seconds(1700000000));
    const auto got = there_and_back(spec);
    CHECK(got.secrets.at("password").reveal() == "p\xC3\xA4ss");
    CHECK(got.params == spec.params);
    CHECK(got.timeout == spec.timeout);
    CHECK(got.checked_at == spec.checked_at);

    datasource_info info;
    info.id = "id";
    info.name = "sales";
    info.secrets = {"password"};
    info.state = connection_state::failed;
    info.schema_stale = true;
    info.schema_taken_at = spec.checked_at;
    const auto back = there_and_back(named{info}).info;
    CHECK(back.secrets == std::vector<std::string>{"password"});
    CHECK(back.state == connection_state::failed);
    CHECK(back.schema_taken_at == spec.checked_at);
    CHECK_FALSE(back.timeout);
}

TEST_CASE("a payload with secrets is written into a buffer that does not move") {
    datasource_spec spec;
    spec.name = std::string(300, 'n');
    spec.driver = "postgresql";
    for (int i = 0; i < 50; ++i)
        spec.params["parameter " + std::to_string(i)] = std::string(100, 'v');
    spec.secrets.emplace("password", secret(std::string(5000, 's')));
    bytes out;
    wire::writer to(out);
    to.u8(1);
    encode(to, spec);
    CHECK(out.capacity() >= out.size());
    // Reserved before the first byte: what reserve() gave is what is there.
    bytes again;
    again.reserve(out.capacity());
    const auto* before = again.data();
    wire::writer second(again);
    encode(second, spec);
    CHECK(again.data() == before);
}

TEST_CASE("a query and its result travel whole") {
    execute e{.id = "id", .credit = 2, .sql = "select 1"};
    e.timeout = std::chrono::milliseconds(250);
    e.spent = std::chrono::milliseconds(3);
    e.limit = 10;
    e.options = {{"numeric", "double"}};
    e.args_schema = {std::byte{1}};
    e.args = {std::byte{2}, std::byte{3}};
    const auto got = there_and_back(e);
    CHECK(got.timeout == e.timeout);
    CHECK(got.spent == e.spent);
    CHECK(got.limit == 10);
    CHECK(got.args == e.args);

    const opened o{.rows_affected = 3, .query_id = "q", .notices = {{"NOTICE", "00000", "n"}}};
    CHECK(there_and_back(o).notices.at(0).message == "n");
    CHECK(there_and_back(ended{.rows_affected = 5}).rows_affected == 5);
}

TEST_CASE("figures travel with their histograms") {
    host_stats stats;
    stats.version = "1";
    stats.datasources.emplace_back();
    stats.datasources[0].errors["QueryError"] = 3;
    stats.datasources[0].latency.counts[4] = 9;
    stats.datasources[0].latency.total = 9;
    stats.workers.emplace_back();
    stats.workers[0].deaths["signal 11"] = 1;
    const auto got = there_and_back(stats);
    CHECK(got.datasources.at(0).latency.counts[4] == 9);
    CHECK(got.workers.at(0).deaths.at("signal 11") == 1);
}

TEST_CASE("a folder's name that is no text travels as it is") {
    welcome w{.protocol = 1, .version = "1", .registry = "r"};
    w.plugins.emplace_back();
    w.plugins[0].folder = "/plugins/\xFF";
    w.plugins[0].about.parameters.variants.push_back({"v", "title", {}});
    CHECK(there_and_back(w).plugins.at(0).folder == "/plugins/\xFF");
}

TEST_CASE("text that is not UTF-8 goes out repaired, and its field is named") {
    execute e{.id = "id", .sql = "select '\xFF'"};
    bytes out;
    wire::writer to(out);
    CHECK(encode(to, e) == "sql");
    auto got = decode<execute>(out);
    REQUIRE(got);
    CHECK(got->sql == "select '\xEF\xBF\xBD'");
}

TEST_CASE("numbers out of range are refused with their field") {
    bytes out;
    wire::writer to(out);
    to.i32(99);
    auto got = decode<check_secrets>(out);
    REQUIRE_FALSE(got);
    CHECK(got.error().message == "frame check_secrets: mode is 99, which is not known");
}

TEST_CASE("a list that claims more elements than can follow costs nothing") {
    bytes out;
    wire::writer to(out);
    to.u32(0xFFFFFFFF);
    auto got = decode<listed>(out);
    REQUIRE_FALSE(got);
    CHECK(got.error().message.find("all announces 4294967295 elements") != std::string::npos);
}

TEST_CASE("a name that comes twice is refused") {
    bytes out;
    wire::writer to(out);
    to.text("n");
    to.text("d");
    to.u32(2);
    for (int i = 0; i < 2; ++i) {
        to.text("host");
        to.text("db");
    }
    auto got = decode<datasource_spec>(out);
    REQUIRE_FALSE(got);
    CHECK(got.error().message == "frame create or check: params has a name twice");
}

TEST_CASE("every type has a name, and only those that are types") {
    CHECK(call_name(call_type::greet) == "greet");
    CHECK(call_name(call_type::execute) == "execute");
    CHECK(call_name(call_type::bye) == "bye");
    CHECK(call_name(call_type::welcome) == "welcome");
    CHECK(call_name(call_type::batch) == "batch");
    CHECK(call_name(call_type::pong) == "pong");
    for (const int number : {0, 2, 255, 277, 319, 339, 65535}) {
        CHECK(words.name(static_cast<std::uint16_t>(number)).empty());
    }
    CHECK(words.secret(static_cast<std::uint16_t>(call_type::create)));
    CHECK(words.secret(static_cast<std::uint16_t>(call_type::update)));
    CHECK(words.secret(static_cast<std::uint16_t>(call_type::check)));
    CHECK_FALSE(words.secret(static_cast<std::uint16_t>(call_type::execute)));
}

}  // namespace
}  // namespace qry::daemon
