#include "session/request_fsm.hpp"

#include <catch2/catch.hpp>

#include <functional>
#include <string>
#include <vector>

using namespace qry::session;
using phase = request_fsm::phase;
using state = request_fsm::session_state;

namespace {

std::string text(const request_step& s) {
    std::string out;
    const auto add = [&](bool on, const char* word) {
        if (on) out += (out.empty() ? "" : " ") + std::string(word);
    };
    add(s.answer, "answer");
    add(s.run, "run");
    add(s.press, "press");
    add(s.reset, "reset");
    add(s.give_back, "give_back");
    add(s.destroy, "destroy");
    add(s.wait_again, "wait_again");
    return out;
}

// The machine in each place where something can go wrong, and how it got there.
struct place {
    const char* name;
    std::function<void(request_fsm&)> go;
};

const std::vector<place>& places() {
    static const std::vector<place> all = {
        {"waiting", [](request_fsm&) {}},
        {"granted", [](request_fsm& f) { f.granted(); }},
        {"executing",
         [](request_fsm& f) {
             f.granted();
             (void)f.started();
         }},
        {"quiet",
         [](request_fsm& f) {
             f.granted();
             (void)f.started();
             (void)f.verb_done();
         }},
        {"fetching",
         [](request_fsm& f) {
             f.granted();
             (void)f.started();
             (void)f.verb_done();
             (void)f.go_on();
         }},
        {"resetting",
         [](request_fsm& f) {
             f.granted();
             (void)f.started();
             (void)f.verb_done();
             (void)f.finish();
         }},
        {"over",
         [](request_fsm& f) {
             f.granted();
             (void)f.started();
             (void)f.verb_done();
             (void)f.finish();
             (void)f.reset_done();
         }},
    };
    return all;
}

request_fsm at(const std::string& name) {
    request_fsm f;
    for (const place& p : places()) {
        if (p.name == name) p.go(f);
    }
    return f;
}

}  // namespace

TEST_CASE("A query from the queue to the return of its session") {
    request_fsm f;
    f.granted();
    CHECK(text(f.started()) == "run");
    CHECK(text(f.verb_done()).empty());
    CHECK(text(f.go_on()) == "run");
    CHECK(text(f.verb_done()).empty());
    CHECK(text(f.finish()) == "answer reset");
    CHECK(f.ended() == ending::finished);
    CHECK(text(f.reset_done()) == "give_back");
    CHECK(f.now() == phase::over);
}

TEST_CASE("A stop at each step answers once, and does what the session needs") {
    const ending why = GENERATE(ending::cancelled, ending::timed_out, ending::closed);
    const auto [where, expected] = GENERATE(table<std::string, std::string>(
        {{"waiting", "answer"},
         {"granted", "answer"},
         {"executing", "answer press"},
         {"quiet", "answer reset"},
         {"fetching", "answer press"},
         {"resetting", ""},
         {"over", ""}}
    ));
    CAPTURE(where);
    request_fsm f = at(where);
    CHECK(text(f.stop(why)) == expected);
    CHECK(f.ended() == (expected.empty() ? ending::finished : why));
    CHECK(text(f.stop(ending::cancelled)).empty());
}

TEST_CASE("A query stopped before it began gives its session back untouched") {
    request_fsm f = at("granted");
    (void)f.stop(ending::cancelled);
    CHECK(text(f.started()) == "give_back");
    CHECK(f.now() == phase::over);
}

TEST_CASE("After a stop the session is reset, whichever way the verb ended") {
    const std::string where = GENERATE("executing", "fetching");
    SECTION("it won the race") {
        request_fsm f = at(where);
        (void)f.stop(ending::timed_out);
        CHECK(text(f.verb_done()) == "reset");
        CHECK(text(f.reset_done()) == "give_back");
        CHECK(f.ended() == ending::timed_out);
    }
    SECTION("it was cancelled") {
        request_fsm f = at(where);
        (void)f.stop(ending::cancelled);
        CHECK(text(f.verb_failed(state::usable)) == "reset");
        CHECK(f.ended() == ending::cancelled);
    }
    SECTION("it broke") {
        request_fsm f = at(where);
        (void)f.stop(ending::cancelled);
        CHECK(text(f.verb_failed(state::broken)) == "destroy");
        CHECK(f.now() == phase::over);
    }
}

TEST_CASE("A verb that ignores the cancel costs its session, and nothing that comes later counts") {
    request_fsm f = at("executing");
    (void)f.stop(ending::timed_out);
    CHECK(text(f.grace_passed()) == "destroy");
    CHECK(text(f.verb_done()).empty());
    CHECK(text(f.verb_failed(state::usable)).empty());
    CHECK(text(f.reset_done()).empty());
    CHECK(text(f.grace_passed()).empty());
}

TEST_CASE("A verb that fails by itself answers, and the session is reset or destroyed") {
    const std::string where = GENERATE("executing", "fetching");
    request_fsm usable = at(where);
    CHECK(text(usable.verb_failed(state::usable)) == "answer reset");
    request_fsm broken = at(where);
    CHECK(text(broken.verb_failed(state::broken)) == "answer destroy");
    CHECK(broken.ended() == ending::failed);
}

TEST_CASE("A reset that fails, or hangs, destroys the session") {
    request_fsm failed = at("resetting");
    CHECK(text(failed.reset_failed()) == "destroy");
    request_fsm hung = at("resetting");
    CHECK(text(hung.grace_passed()) == "destroy");
    CHECK(hung.ended() == ending::finished);
}

TEST_CASE("A dead session is replaced, unless the query was stopped meanwhile") {
    request_fsm f = at("granted");
    CHECK(text(f.stale()) == "destroy wait_again");
    CHECK(f.now() == phase::waiting);
    request_fsm stopped = at("granted");
    (void)stopped.stop(ending::cancelled);
    CHECK(text(stopped.stale()) == "destroy");
}

TEST_CASE("Events that do not belong to the place change nothing") {
    for (const place& p : places()) {
        CAPTURE(p.name);
        const std::string name = p.name;
        request_fsm f = at(name);
        const phase before = f.now();
        if (name != "executing" && name != "fetching") {
            CHECK(text(f.verb_done()).empty());
            CHECK(text(f.verb_failed(state::usable)).empty());
        }
        if (name != "quiet") {
            CHECK(text(f.go_on()).empty());
            CHECK(text(f.finish()).empty());
        }
        if (name != "resetting") {
            CHECK(text(f.reset_done()).empty());
            CHECK(text(f.reset_failed()).empty());
        }
        if (name != "waiting") CHECK(text(f.no_session(ending::failed)).empty());
        CHECK(f.now() == before);
    }
}
