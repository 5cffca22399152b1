// Each test runs in a process of its own, so that a crash is a result like any other.
#pragma once

#include <optional>
#include <string>

#include "test_case.hpp"

namespace qry::conformance {

struct test_report {
    const test_case* test = nullptr;
    verdict outcome;
    double seconds = 0;
    // The end of what the process wrote to stdout and stderr: a sanitizer's report, an assertion.
    std::string output;
};

// Runs this program again for one test and waits, at most as long as the test may take.
[[nodiscard]] test_report run_in_child(
    const test_case& test, const std::string& plugin, const std::string& params_file
);

// The other side: runs the test here and writes what it does and how it ends to report_fd.
int run_here(
    const test_case& test, const std::string& plugin, const std::string& params_file, int report_fd
);

}  // namespace qry::conformance
