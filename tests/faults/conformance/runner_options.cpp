// What the runner answers to its command line.
#include <catch2/catch.hpp>

#include "run_program.hpp"

using namespace qry::conformance::test;
using Catch::Contains;
using Catch::StartsWith;

TEST_CASE("--list names the tests with their rules and runs nothing") {
    const ended run = run_conformance("--list");
    CHECK(run.code == 0);
    CHECK_THAT(run.output, StartsWith("entry.note "));
    CHECK_THAT(run.output, Contains("session.reset.half_read"));
}

TEST_CASE("--only with a dot at its end takes all tests that begin so") {
    const ended run = run_conformance(fault("no_fault") + with_params() + " --only entry.");
    CHECK(run.code == 0);
    CHECK_THAT(run.output, Contains("5 passed"));
}

TEST_CASE("an unknown test is a usage error and not a success") {
    const ended run = run_conformance(fault("no_fault") + with_params() + " --only no.such");
    CHECK(run.code == 2);
    CHECK_THAT(run.output, Contains("no test of that name"));
}

TEST_CASE("a plugin that is not there is a usage error that names it") {
    const ended run = run_conformance("/no/such/plugin.so");
    CHECK(run.code == 2);
    CHECK_THAT(run.output, Contains("'/no/such/plugin.so'"));
}

TEST_CASE("the text says rule, what was sent, what came, the cause and how to repeat it") {
    const ended run =
        run_conformance(fault("second_symbol") + with_params() + " --only entry.exports");
    CHECK(run.code == 1);
    CHECK_THAT(run.output, StartsWith("failed     entry.exports"));
    for (const char* label : {"rule ", "sent ", "got ", "cause ", "repeat "}) {
        CHECK_THAT(run.output, Contains(label));
    }
    CHECK_THAT(run.output, Contains("1 failed"));
}

TEST_CASE("a file that is no plugin fails its tests with the loader's reason") {
    const ended run = run_conformance("'" QRY_PARAMS_FILE "' --only entry.loads");
    CHECK(run.code == 1);
    CHECK_THAT(run.output, Contains("cannot be loaded"));
}

TEST_CASE("without queries of its dialect a plugin's tests are skipped by name of what is missing"
) {
    const ended run = run_conformance(fault("no_fault") + " --only execute.error");
    CHECK(run.code == 0);
    CHECK_THAT(run.output, Contains("skipped"));
    CHECK_THAT(run.output, Contains("says no 'error'"));
}
