// Each broken plugin is found out, by the test that is there for it.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "run_program.hpp"

namespace {

using namespace qry::conformance::test;
using nlohmann::json;

struct finding {
    const char* plugin;
    const char* test;
    const char* result;
    // Part of what the runner says it got.
    const char* got;
};

constexpr finding findings[] = {
    {"batch_too_large", "result.batch_limits", "failed", "a batch of 120000 rows"},
    {"cancel_hits_next", "cancel.idle", "failed", "query_cancelled"},
    {"completes_twice", "execute.one_row", "failed", "[call.completes_once] execute"},
    {"crashes_in_execute", "execute.one_row", "crashed", ""},
    {"frees_twice", "result.outlives_session", "failed", "[arena.known_buffer] buffer_free"},
    {"ignores_cancel", "cancel.in_the_middle", "hung", "[call.in_time] next did not complete"},
    {"leaks_buffer", "result.outlives_session", "failed", "2 buffers are still allocated"},
    {"leaks_descriptor", "connect.no_leaks", "failed", "descriptors before"},
    {"loses_last_batch", "result.batch_limits", "failed", "at least 100000 were expected"},
    {"never_completes", "execute.one_row", "hung", "[call.in_time] execute did not complete"},
    {"reset_does_nothing", "session.reset.half_read", "failed", "rows, the first is 1"},
    {"returns_without_completing", "execute.one_row", "failed", "[call.completes] next"},
    {"second_symbol", "entry.exports", "failed", "helper_that_everybody_sees"},
    {"silent_error", "execute.error", "failed", "without a message"},
    {"test_without_steps", "test.passes", "failed", "no step was reported"},
    {"touches_call_later", "execute.one_row", "failed", "[call.untouched_after_completion] notice"},
    {"wrong_note", "entry.note", "failed", "the note says '0.9.0', the table says '1.0.0'"},
    {"wrong_schema", "result.shape", "failed", "buffers"},
};

json only_test(const finding& f) {
    const ended run = run_conformance(fault(f.plugin) + with_params() + " --json --only " + f.test);
    CAPTURE(run.output);
    REQUIRE(run.code == 1);
    const json document = json::parse(run.output);
    REQUIRE(document["conforms"] == false);
    REQUIRE(document["tests"].size() == 1);
    return document["tests"][0];
}

}  // namespace

TEST_CASE("each fault is found by the test that is there for it") {
    for (const finding& f : findings) {
        CAPTURE(f.plugin, f.test);
        const json test = only_test(f);
        CAPTURE(test.dump(2));
        CHECK(test["id"] == f.test);
        CHECK(test["result"] == f.result);
        CHECK(test["got"].get<std::string>().find(f.got) != std::string::npos);
        CHECK_FALSE(test["sent"].get<std::string>().empty());
        CHECK(test["repeat"].get<std::string>().find(f.test) != std::string::npos);
    }
}

TEST_CASE("a crash says what the plugin was doing") {
    const json test = only_test({"crashes_in_execute", "execute.one_row", "crashed", ""});
    CHECK(test["sent"] == "execute: one");
}

TEST_CASE("a plugin without a fault conforms, and what was skipped says why") {
    const ended run = run_conformance(fault("no_fault") + with_params() + " --json");
    CAPTURE(run.output);
    CHECK(run.code == 0);
    const json document = json::parse(run.output);
    CHECK(document["conforms"] == true);
    int skipped = 0;
    for (const json& test : document["tests"]) {
        CAPTURE(test.dump(2));
        if (test["result"] == "skipped") {
            ++skipped;
            CHECK_FALSE(test["got"].get<std::string>().empty());
        } else {
            CHECK(test["result"] == "passed");
        }
        CHECK(test["warnings"].empty());
    }
    // No network (connect.deadline), no arguments, no introspection (3), no loop.
    CHECK(skipped == 6);
}
