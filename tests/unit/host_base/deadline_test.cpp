#include "base/deadline.hpp"

#include <catch2/catch.hpp>

#include <qry/host.hpp>

#include "base/errors.hpp"

using namespace std::chrono_literals;
using qry::base::deadline;
using qry::base::format_duration;

TEST_CASE("A deadline is its start plus its limit, and has passed from that moment on") {
    auto made = deadline::make(1'000, 500ns, "query");
    REQUIRE(made);
    CHECK(made->at_ns() == 1'500);
    CHECK_FALSE(made->passed(1'499));
    CHECK(made->passed(1'500));
}

TEST_CASE("The longest limit means never, not long ago") {
    auto made = deadline::make(1'000, std::chrono::nanoseconds::max(), "query");
    REQUIRE(made);
    CHECK(made->at_ns() == qry::base::never_ns);
}

TEST_CASE("A limit of zero or less is refused with its source") {
    const auto bad = GENERATE(0ns, -1ns, std::chrono::nanoseconds::min());
    auto made = deadline::make(0, bad, "datasource 'sales'");
    REQUIRE_FALSE(made);
    CHECK(made.error().kind == qry::status::invalid_parameter);
    CHECK(made.error().message.find("datasource 'sales'") != std::string::npos);
}

TEST_CASE("A timeout says which limit it was, where it was set, and where to raise it") {
    const deadline limit(0, 1500ms, "datasource 'sales'");
    const auto e = qry::base::query_timeout_error(limit, 1'600'000'000, "executing");
    CHECK(
        e.message ==
        "the query was stopped while executing: its time limit of 1.5 s (datasource 'sales') passed"
    );
    CHECK(e.hint == "raise the timeout of datasource 'sales', or give the query its own");
    REQUIRE(e.limit);
    CHECK(e.limit->elapsed == 1600ms);
    CHECK(e.limit->limit == 1500ms);
}

TEST_CASE("A full pool is another error than a slow query") {
    const deadline limit(0, 2s, "query");
    const auto e = qry::base::pool_timeout_error(limit, 2'000'000'000, 10);
    CHECK(e.kind == qry::status::pool_timeout);
    CHECK(
        e.message ==
        "no session became free within the time limit of 2 s (query); all 10 are in use"
    );
}

TEST_CASE("Durations are written for people") {
    CHECK(format_duration(0ns) == "0 s");
    CHECK(format_duration(250ms) == "250 ms");
    CHECK(format_duration(1500ms) == "1.5 s");
    CHECK(format_duration(30s) == "30 s");
    CHECK(format_duration(5min) == "300 s");
    CHECK(format_duration(40us) == "40 us");
    CHECK(format_duration(-1s) == "-1 s");
}

TEST_CASE("Each kind of error has the name that users know") {
    CHECK(std::string(qry::kind_name(qry::status::query_timeout)) == "QueryTimeout");
    CHECK(std::string(qry::kind_name(qry::status::tls_failed)) == "TlsFailed");
    CHECK(std::string(qry::kind_name(static_cast<qry::status>(99))) == "PluginError");
}

TEST_CASE("Durations are parsed as the command line writes them") {
    CHECK(*qry::parse_duration("5m", "timeout") == 5min);
    auto bad = qry::parse_duration("-1", "timeout");
    REQUIRE_FALSE(bad);
    CHECK(bad.error().parameter == "timeout");
}
