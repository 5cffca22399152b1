#include "schema/cache_fsm.hpp"

#include <catch2/catch.hpp>

#include "parts.hpp"

using namespace qry;
using namespace qry::schema;
using namespace std::chrono_literals;

namespace {

const cache_fsm::time_point t0{std::chrono::seconds(1'000'000)};
constexpr cache_limits limits{.stale_after = 1h, .retry_after = 30s};

schema_ptr snap(std::uint64_t generation, cache_fsm::time_point at = t0, const char* hash = "h") {
    return qry::test::make_snapshot({}, {}, {}, {generation, at, hash});
}

error failure(const char* message) {
    return {.kind = status::connection_failed, .message = message};
}

// "serve 1 g3<g2", "refuse 1 text", "start 1 g2 h", "cancel 1", "keep g2".
std::vector<std::string> lines(const cache_actions& actions) {
    struct printer {
        static std::string g(const schema_ptr& s) { return "g" + std::to_string(s->generation()); }
        std::string operator()(const serve& a) const {
            return "serve " + std::to_string(a.to) + " " + g(a.snapshot) +
                   (a.previous ? "<" + g(a.previous) : "");
        }
        std::string operator()(const refuse& a) const {
            return "refuse " + std::to_string(a.to) + " " + a.why.message;
        }
        std::string operator()(const start_refresh& a) const {
            return "start " + std::to_string(a.attempt) + " g" + std::to_string(a.generation) +
                   " " + a.config_hash;
        }
        std::string operator()(const cancel_refresh& a) const {
            return "cancel " + std::to_string(a.attempt);
        }
        std::string operator()(const keep& a) const { return "keep " + g(a.snapshot); }
    };
    std::vector<std::string> out;
    for (const auto& a : actions)
        out.push_back(std::visit(printer{}, a));
    return out;
}

using list_of = std::vector<std::string>;

}  // namespace

TEST_CASE("with nothing cached, callers wait for one refresh and all get its outcome") {
    cache_fsm f("h", limits);
    CHECK(f.state(t0) == cache_state::none);
    CHECK(lines(f.get(1, {}, t0)) == list_of{"start 1 g1 h"});
    CHECK(lines(f.get(2, 10s, t0)).empty());
    CHECK(lines(f.refresh_requested(3)).empty());
    CHECK(f.state(t0) == cache_state::none);
    CHECK(
        lines(f.refresh_done(1, snap(1))) ==
        list_of{"keep g1", "serve 1 g1", "serve 2 g1", "serve 3 g1"}
    );
    CHECK(f.state(t0) == cache_state::fresh);
}

TEST_CASE("a fresh snapshot is served without a refresh") {
    cache_fsm f("h", limits);
    f.loaded(snap(4));
    CHECK(lines(f.get(1, {}, t0 + 1h)) == list_of{"serve 1 g4"});
    CHECK(lines(f.get(2, 60s, t0 + 60s)) == list_of{"serve 2 g4"});
}

TEST_CASE("one that is older than the caller allows is read anew first") {
    cache_fsm f("h", limits);
    f.loaded(snap(4));
    CHECK(lines(f.get(1, 60s, t0 + 61s)) == list_of{"start 1 g5 h"});
    CHECK(f.state(t0 + 61s) == cache_state::refreshing);
    // Others are not held up.
    CHECK(lines(f.get(2, {}, t0 + 61s)) == list_of{"serve 2 g4"});
    CHECK(lines(f.refresh_done(1, snap(5, t0 + 62s))) == list_of{"keep g5", "serve 1 g5<g4"});
}

TEST_CASE("a stale one is served at once and refreshed behind, once") {
    cache_fsm f("h", limits);
    f.loaded(snap(4));
    const auto later = t0 + 1h + 1s;
    CHECK(f.state(later) == cache_state::stale);
    CHECK(lines(f.get(1, {}, later)) == list_of{"serve 1 g4", "start 1 g5 h"});
    CHECK(lines(f.get(2, {}, later)) == list_of{"serve 2 g4"});
    CHECK(lines(f.refresh_done(1, snap(5, later))) == list_of{"keep g5"});
    CHECK(f.state(later) == cache_state::fresh);
}

TEST_CASE("a failed refresh keeps the old snapshot and is told to those who asked") {
    cache_fsm f("h", limits);
    f.loaded(snap(4));
    CHECK(lines(f.refresh_requested(1)) == list_of{"start 1 g5 h"});
    CHECK(lines(f.get(2, 1s, t0 + 5s)).empty());
    CHECK(
        lines(f.refresh_failed(1, failure("no route"), t0 + 6s)) ==
        list_of{"refuse 1 no route", "refuse 2 no route"}
    );
    CHECK(lines(f.get(3, {}, t0 + 7s)) == list_of{"serve 3 g4"});
    // The failed attempt used up no generation.
    CHECK(lines(f.refresh_requested(4)) == list_of{"start 2 g5 h"});
}

TEST_CASE("after a failure no refresh is started behind until the rest is over") {
    cache_fsm f("h", limits);
    f.loaded(snap(4));
    const auto later = t0 + 2h;
    CHECK(lines(f.get(1, {}, later)) == list_of{"serve 1 g4", "start 1 g5 h"});
    CHECK(lines(f.refresh_failed(1, failure("down"), later)).empty());
    CHECK(lines(f.get(2, {}, later + 29s)) == list_of{"serve 2 g4"});
    CHECK(lines(f.get(3, {}, later + 30s)) == list_of{"serve 3 g4", "start 2 g5 h"});
}

TEST_CASE("an explicit refresh does not wait for the rest after a failure") {
    cache_fsm f("h", limits);
    CHECK(lines(f.get(1, {}, t0)) == list_of{"start 1 g1 h"});
    CHECK(lines(f.refresh_failed(1, failure("down"), t0)) == list_of{"refuse 1 down"});
    CHECK(lines(f.refresh_requested(2)) == list_of{"start 2 g1 h"});
}

TEST_CASE("a snapshot of another configuration is never served") {
    cache_fsm f("new", limits);
    f.loaded(snap(4, t0, "old"));
    CHECK(f.snapshot() == nullptr);
    // Its generation is used up all the same.
    CHECK(lines(f.get(1, {}, t0)) == list_of{"start 1 g5 new"});
}

TEST_CASE("an edit drops the snapshot and restarts a refresh that callers wait for") {
    cache_fsm f("h", limits);
    f.loaded(snap(4));
    CHECK(lines(f.refresh_requested(1)) == list_of{"start 1 g5 h"});
    CHECK(lines(f.reconfigured("i")) == list_of{"cancel 1", "start 2 g5 i"});
    CHECK(f.snapshot() == nullptr);
    CHECK(lines(f.get(2, {}, t0)).empty());
    // The outcome of the old attempt comes too late, whatever it is.
    CHECK(lines(f.refresh_done(1, snap(5))).empty());
    CHECK(lines(f.refresh_failed(1, failure("cancelled"), t0)).empty());
    CHECK(f.snapshot() == nullptr);
    CHECK(
        lines(f.refresh_done(2, snap(5, t0, "i"))) == list_of{"keep g5", "serve 1 g5", "serve 2 g5"}
    );
}

TEST_CASE("an edit ends a refresh that nobody waits for") {
    cache_fsm f("h", limits);
    f.loaded(snap(4));
    REQUIRE(lines(f.get(1, {}, t0 + 2h)) == list_of{"serve 1 g4", "start 1 g5 h"});
    CHECK(lines(f.reconfigured("i")) == list_of{"cancel 1"});
}

TEST_CASE("an edit that changes nothing changes nothing") {
    cache_fsm f("h", limits);
    f.loaded(snap(4));
    CHECK(lines(f.reconfigured("h")).empty());
    CHECK(f.snapshot() != nullptr);
}

TEST_CASE("a caller that gave up is not answered, and ends a refresh that only it wanted") {
    cache_fsm f("h", limits);
    REQUIRE(lines(f.get(1, {}, t0)) == list_of{"start 1 g1 h"});
    REQUIRE(lines(f.refresh_requested(2)).empty());
    CHECK(lines(f.abandoned(1)).empty());
    CHECK(lines(f.abandoned(1)).empty());
    CHECK(lines(f.abandoned(2)) == list_of{"cancel 1"});
    CHECK(lines(f.refresh_done(1, snap(1))).empty());
    CHECK(lines(f.get(3, {}, t0)) == list_of{"start 2 g1 h"});
}

TEST_CASE("a refresh behind goes on when the only caller that joined it gave up") {
    cache_fsm f("h", limits);
    f.loaded(snap(4));
    REQUIRE(lines(f.get(1, {}, t0 + 2h)) == list_of{"serve 1 g4", "start 1 g5 h"});
    REQUIRE(lines(f.refresh_requested(2)).empty());
    CHECK(lines(f.abandoned(2)).empty());
    CHECK(lines(f.refresh_done(1, snap(5))) == list_of{"keep g5"});
}

TEST_CASE("a newer snapshot of another host replaces the one here, an older one does not") {
    cache_fsm f("h", limits);
    f.loaded(nullptr);
    f.loaded(snap(4));
    f.loaded(snap(3));
    CHECK(f.snapshot()->generation() == 4);
    f.loaded(snap(6));
    CHECK(f.snapshot()->generation() == 6);
    CHECK(lines(f.refresh_requested(1)) == list_of{"start 1 g7 h"});
}

TEST_CASE("closing refuses all who wait") {
    cache_fsm f("h", limits);
    REQUIRE(lines(f.get(1, {}, t0)) == list_of{"start 1 g1 h"});
    CHECK(lines(f.closed(failure("closed"))) == list_of{"cancel 1", "refuse 1 closed"});
    CHECK(lines(f.refresh_done(1, snap(1))).empty());
}

TEST_CASE("a clock that was set back makes nothing stale") {
    cache_fsm f("h", limits);
    f.loaded(snap(4));
    CHECK(f.state(t0 - 5h) == cache_state::fresh);
    CHECK(lines(f.get(1, 0s, t0 - 5h)) == list_of{"serve 1 g4"});
}

TEST_CASE("a snapshot that was found unchanged replaces itself, and is fresh again") {
    cache_fsm f("h", limits);
    const auto read = snap(1);
    f.loaded(read);
    CHECK(f.state(t0 + 2h) == cache_state::stale);
    (void)f.refresh_requested(7);
    CHECK(
        lines(f.refresh_done(1, renewed(read, t0 + 2h))) ==
        std::vector<std::string>{"keep g1", "serve 7 g1<g1"}
    );
    CHECK(f.state(t0 + 2h + 30min) == cache_state::fresh);
    CHECK(f.snapshot()->taken_at() == t0 + 2h);
    CHECK(f.snapshot()->read_at() == t0);
    // Another host found so later still; one that did earlier has nothing to say.
    f.loaded(renewed(read, t0 + 3h));
    CHECK(f.snapshot()->taken_at() == t0 + 3h);
    f.loaded(renewed(read, t0 + 1h));
    CHECK(f.snapshot()->taken_at() == t0 + 3h);
}
