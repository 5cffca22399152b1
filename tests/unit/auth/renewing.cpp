#include "rig.hpp"

namespace qry::test {

using auth::lease;
using auth::renewing;

namespace {

// A value "1", "2", … with each fetch; a fetch ends when the test says so.
struct maker {
    explicit maker(auth_rig& r) : loop(r.loop()), gate(r.loop()) {}

    renewing<secret> values() {
        return {loop, [this](std::int64_t until) { return fetch(until); }, {.now = clock}};
    }
    task<result<lease<secret>>> fetch(std::int64_t until_ns) {
        ++fetches;
        deadline_ns = until_ns;
        if (held) (void)co_await gate.sleep_until(no_deadline);
        if (throws) throw std::runtime_error("broken");
        if (failing) {
            co_return error{.kind = status::authentication_failed, .message = "no"};
        }
        co_return lease<secret>{secret(std::to_string(fetches)), lifetime};
    }

    loop_ref loop;
    waiter gate;
    hand_clock clock;
    std::chrono::nanoseconds lifetime = 1h;
    int fetches = 0;
    std::int64_t deadline_ns = 0;
    bool held = false;
    bool failing = false;
    bool throws = false;
};

}  // namespace

TEST_CASE("a value is kept until 60 seconds before its end") {
    auth_rig r;
    maker m(r);
    auto values = m.values();
    CHECK(text_of(r.run(values.get())) == "1");
    m.clock.pass(1h - 61s);
    CHECK(text_of(r.run(values.get())) == "1");
    m.clock.pass(1s);
    CHECK(text_of(r.run(values.get())) == "2");
    CHECK(m.fetches == 2);
}

TEST_CASE("a value of a short life is kept for nine tenths of it") {
    auth_rig r;
    maker m(r);
    m.lifetime = 100s;
    auto values = m.values();
    CHECK(text_of(r.run(values.get())) == "1");
    m.clock.pass(89s);
    CHECK(text_of(r.run(values.get())) == "1");
    m.clock.pass(1s);
    CHECK(text_of(r.run(values.get())) == "2");
}

TEST_CASE("a value without a life serves those that wait for it, and nobody later") {
    auth_rig r;
    maker m(r);
    m.held = true;
    m.lifetime = GENERATE(0s, -5s);
    auto values = m.values();
    auto one = r.ask(values.get());
    auto two = r.ask(values.get());
    m.gate.interrupt();
    REQUIRE(r.until([&] { return one->has_value() && two->has_value(); }));
    CHECK(text_of(**one) == "1");
    CHECK(text_of(**two) == "1");
    m.held = false;
    CHECK(text_of(r.run(values.get())) == "2");
}

TEST_CASE("one fetch serves all that wait") {
    auth_rig r;
    maker m(r);
    m.held = true;
    auto values = m.values();
    auto copy = values;
    std::vector<pending<secret>> asked;
    for (int i = 0; i < 100; ++i)
        asked.push_back(r.ask((i % 2 == 0 ? values : copy).get()));
    CHECK(m.fetches == 1);
    m.gate.interrupt();
    for (const auto& one : asked) {
        REQUIRE(one->has_value());
        CHECK(text_of(**one) == "1");
    }
    CHECK(m.fetches == 1);
}

TEST_CASE("an error goes to all that wait, and the next ask tries again") {
    auth_rig r;
    maker m(r);
    m.held = m.failing = true;
    auto values = m.values();
    auto one = r.ask(values.get());
    auto two = r.ask(values.get());
    m.gate.interrupt();
    REQUIRE(one->has_value());
    REQUIRE(two->has_value());
    CHECK((**one).error().kind == status::authentication_failed);
    CHECK((**two).error().message == "no");
    m.held = m.failing = false;
    CHECK(text_of(r.run(values.get())) == "2");
}

TEST_CASE("an exception of the fetch becomes an error") {
    auth_rig r;
    maker m(r);
    m.throws = true;
    auto got = r.run(m.values().get());
    REQUIRE_FALSE(got);
    CHECK(got.error().kind == status::plugin_error);
}

TEST_CASE("while a value is renewed, the old one serves until its end") {
    auth_rig r;
    maker m(r);
    auto values = m.values();
    CHECK(text_of(r.run(values.get())) == "1");
    m.clock.pass(1h - 30s);
    m.held = true;
    auto renewing_one = r.ask(values.get());
    CHECK(text_of(r.run(values.get())) == "1");
    m.clock.pass(30s);
    auto late = r.ask(values.get());
    CHECK_FALSE(late->has_value());
    m.gate.interrupt();
    REQUIRE(renewing_one->has_value());
    REQUIRE(late->has_value());
    CHECK(text_of(**renewing_one) == "2");
    CHECK(text_of(**late) == "2");
}

TEST_CASE("a renewal that fails leaves the old value in use, and is tried again 10 seconds later") {
    auth_rig r;
    maker m(r);
    auto values = m.values();
    CHECK(text_of(r.run(values.get())) == "1");
    m.clock.pass(1h - 50s);
    m.failing = true;
    CHECK(text_of(r.run(values.get())) == "1");
    CHECK(text_of(r.run(values.get())) == "1");
    CHECK(m.fetches == 2);
    m.clock.pass(10s);
    CHECK(text_of(r.run(values.get())) == "1");
    CHECK(m.fetches == 3);
    m.clock.pass(40s);
    CHECK_FALSE(r.run(values.get()));
}

TEST_CASE("a refused value is fetched once more, for however many it was refused to") {
    auth_rig r;
    maker m(r);
    auto values = m.values();
    CHECK(text_of(r.run(values.get())) == "1");
    CHECK(text_of(r.run(values.get())) == "1");
    CHECK(text_of(r.run(values.get(true))) == "2");
    CHECK(text_of(r.run(values.get(true))) == "2");
    CHECK(m.fetches == 2);
    SECTION("and once more after the new one was in use") {
        CHECK(text_of(r.run(values.get())) == "2");
        CHECK(text_of(r.run(values.get(true))) == "3");
    }
    SECTION("and those refused during the fetch wait for it") {
        CHECK(text_of(r.run(values.get())) == "2");
        m.held = true;
        auto one = r.ask(values.get(true));
        auto two = r.ask(values.get(true));
        auto plain = r.ask(values.get());
        m.gate.interrupt();
        CHECK(text_of(**one) == "3");
        CHECK(text_of(**two) == "3");
        CHECK(text_of(**plain) == "3");
        CHECK(m.fetches == 3);
    }
}

TEST_CASE("a refused value is not given again when no other can be had") {
    auth_rig r;
    maker m(r);
    auto values = m.values();
    CHECK(text_of(r.run(values.get())) == "1");
    m.failing = true;
    CHECK_FALSE(r.run(values.get(true)));
    CHECK_FALSE(r.run(values.get()));
}

TEST_CASE("who has no time left stops waiting, and the fetch goes on for the others") {
    auth_rig r;
    maker m(r);
    m.held = true;
    auto values = m.values();
    auto patient = r.ask(values.get());
    auto hurried = r.run(values.get(false, conformance::after(0s)));
    REQUIRE_FALSE(hurried);
    CHECK(hurried.error().kind == status::query_timeout);
    CHECK_FALSE(patient->has_value());
    m.gate.interrupt();
    REQUIRE(patient->has_value());
    CHECK(text_of(**patient) == "1");
}

TEST_CASE("a fetch whose owner has gone still ends well") {
    auth_rig r;
    maker m(r);
    m.held = true;
    auto asked = r.ask(m.values().get());
    m.gate.interrupt();
    REQUIRE(asked->has_value());
    CHECK(text_of(**asked) == "1");
}

TEST_CASE("a fetch has a deadline of its own") {
    auth_rig r;
    maker m(r);
    (void)r.run(m.values().get());
    CHECK(m.deadline_ns > conformance::after(20s));
    CHECK(m.deadline_ns <= conformance::after(30s));
}

TEST_CASE("who asks again as soon as it is served gets the next value") {
    auth_rig r;
    maker m(r);
    m.held = true;
    m.lifetime = 0s;
    auto values = m.values();
    const auto twice = [](renewing<secret> from) -> task<result<secret>> {
        auto first = co_await from.get();
        if (!first) co_return std::move(first).error();
        co_return co_await from.get();
    };
    auto one = r.ask(twice(values));
    auto two = r.ask(twice(values));
    m.gate.interrupt();
    CHECK_FALSE(one->has_value());
    m.gate.interrupt();
    REQUIRE(one->has_value());
    REQUIRE(two->has_value());
    CHECK(text_of(**one) == "2");
    CHECK(text_of(**two) == "2");
    CHECK(m.fetches == 2);
}

}  // namespace qry::test
