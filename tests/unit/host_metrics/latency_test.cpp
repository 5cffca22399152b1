#include <catch2/catch.hpp>

#include <limits>

#include <qry/stats.hpp>

using namespace std::chrono_literals;

TEST_CASE("No durations have no quantile") {
    const qry::latency_histogram none;
    CHECK(none.quantile(0.5) == 0ns);
    CHECK(none.quantile(1) == 0ns);
}

TEST_CASE("Within a bucket durations are taken to be spread evenly") {
    qry::latency_histogram h;
    // Four of at most 100 us, four of 500 us to 1 ms.
    h.counts[0] = 4;
    h.counts[3] = 4;
    CHECK(h.quantile(0) == 0ns);
    CHECK(h.quantile(0.25) == 50us);
    CHECK(h.quantile(0.5) == 100us);
    CHECK(h.quantile(0.75) == 750us);
    CHECK(h.quantile(1) == 1ms);
}

TEST_CASE("What took longer than the last bound is said to have taken that") {
    qry::latency_histogram h;
    h.counts[0] = 1;
    h.counts[16] = 9;
    CHECK(h.quantile(0.9) == 600s);
}

TEST_CASE("A share beyond the whole is the whole, and what is no share is none") {
    qry::latency_histogram h;
    h.counts[1] = 2;
    CHECK(h.quantile(7) == 250us);
    CHECK(h.quantile(-1) == 100us);
    CHECK(h.quantile(std::numeric_limits<double>::quiet_NaN()) == 100us);
}
