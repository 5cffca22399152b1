// What a structure consists of, by the compiler's count, against what is written down to travel.
#include <catch2/catch.hpp>

#include "daemon/fields.hpp"

namespace qry::daemon {
namespace {

struct count {
    int& fields;
    template <class T>
    void operator()(std::string_view, T&) const {
        ++fields;
    }
};

template <class T>
int travelling() {
    T value;
    int fields = 0;
    each(count{fields}, value);
    return fields;
}

// A structured binding with another number of names than there are fields does not compile: then
// add the new one here, and to fields.hpp.
TEST_CASE("every field of an error travels") {
    error value;
    auto& [a, b, c, d, e, f, g, h, i, j, k, l] = value;
    (void)a, (void)b, (void)c, (void)d, (void)e, (void)f, (void)g, (void)h, (void)i, (void)j,
        (void)k, (void)l;
    CHECK(travelling<error>() == 12);
    time_limit limit;
    auto& [m, n, o] = limit;
    (void)m, (void)n, (void)o;
    CHECK(travelling<time_limit>() == 3);
}

TEST_CASE("every field of a datasource travels") {
    datasource_spec spec;
    auto& [a, b, c, d, e, f, g, h, i] = spec;
    (void)a, (void)b, (void)c, (void)d, (void)e, (void)f, (void)g, (void)h, (void)i;
    CHECK(travelling<datasource_spec>() == 9);
    datasource_change change;
    auto& [j, k, l, m, n, o, p, q] = change;
    (void)j, (void)k, (void)l, (void)m, (void)n, (void)o, (void)p, (void)q;
    CHECK(travelling<datasource_change>() == 8);
    datasource_info info;
    auto& [i1, i2, i3, i4, i5, i6, i7, i8, i9, i10, i11, i12, i13, i14, i15] = info;
    (void)i1, (void)i2, (void)i3, (void)i4, (void)i5, (void)i6, (void)i7, (void)i8, (void)i9,
        (void)i10, (void)i11, (void)i12, (void)i13, (void)i14, (void)i15;
    CHECK(travelling<datasource_info>() == 15);
}

TEST_CASE("every field of a report travels") {
    test_step_report step;
    auto& [a, b, c, d, e] = step;
    (void)a, (void)b, (void)c, (void)d, (void)e;
    CHECK(travelling<test_step_report>() == 5);
    test_report report;
    auto& [f, g, h, i] = report;
    (void)f, (void)g, (void)h, (void)i;
    CHECK(travelling<test_report>() == 4);
    schema_diff diff;
    auto& [j, k, l, m] = diff;
    (void)j, (void)k, (void)l, (void)m;
    CHECK(travelling<schema_diff>() == 4);
    doctor_finding finding;
    auto& [n, o, p, q] = finding;
    (void)n, (void)o, (void)p, (void)q;
    CHECK(travelling<doctor_finding>() == 4);
}

TEST_CASE("every figure travels") {
    pool_stats pool;
    auto& [a, b, c, d, e, f, g, h, i] = pool;
    (void)a, (void)b, (void)c, (void)d, (void)e, (void)f, (void)g, (void)h, (void)i;
    CHECK(travelling<pool_stats>() == 9);
    datasource_stats one;
    auto& [d1, d2, d3, d4, d5, d6, d7, d8, d9, d10, d11, d12, d13, d14, d15] = one;
    (void)d1, (void)d2, (void)d3, (void)d4, (void)d5, (void)d6, (void)d7, (void)d8, (void)d9,
        (void)d10, (void)d11, (void)d12, (void)d13, (void)d14, (void)d15;
    CHECK(travelling<datasource_stats>() == 15);
    worker_stats worker;
    auto& [w1, w2, w3, w4, w5, w6, w7, w8, w9, w10, w11, w12, w13, w14] = worker;
    (void)w1, (void)w2, (void)w3, (void)w4, (void)w5, (void)w6, (void)w7, (void)w8, (void)w9,
        (void)w10, (void)w11, (void)w12, (void)w13, (void)w14;
    CHECK(travelling<worker_stats>() == 14);
    host_stats all;
    auto& [h1, h2, h3, h4, h5, h6] = all;
    (void)h1, (void)h2, (void)h3, (void)h4, (void)h5, (void)h6;
    CHECK(travelling<host_stats>() == 6);
    latency_histogram latency;
    auto& [l1, l2, l3] = latency;
    (void)l1, (void)l2, (void)l3;
    CHECK(travelling<latency_histogram>() == 3);
}

TEST_CASE("every field of an installed plugin travels") {
    registry::plugin plugin;
    auto& [a, b, c, d, e, f] = plugin;
    (void)a, (void)b, (void)c, (void)d, (void)e, (void)f;
    CHECK(travelling<registry::plugin>() == 6);
    registry::manifest about;
    auto& [m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15] = about;
    (void)m1, (void)m2, (void)m3, (void)m4, (void)m5, (void)m6, (void)m7, (void)m8, (void)m9,
        (void)m10, (void)m11, (void)m12, (void)m13, (void)m14, (void)m15;
    CHECK(travelling<registry::manifest>() == 15);
    registry::parameter parameter;
    auto& [p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11, p12, p13, p14, p15, p16] = parameter;
    (void)p1, (void)p2, (void)p3, (void)p4, (void)p5, (void)p6, (void)p7, (void)p8, (void)p9,
        (void)p10, (void)p11, (void)p12, (void)p13, (void)p14, (void)p15, (void)p16;
    CHECK(travelling<registry::parameter>() == 16);
}

}  // namespace
}  // namespace qry::daemon
