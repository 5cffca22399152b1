// The results, for people and for programs.
#pragma once

#include <string>
#include <vector>

#include "child.hpp"

namespace qry::conformance {

struct run_facts {
    std::string plugin;
    std::string params_file;
};

// The command that repeats one test, quoted for a shell.
[[nodiscard]] std::string repeat_command(const run_facts& run, const test_report& report);
// One test, ended by a newline; what went wrong is told below its line.
[[nodiscard]] std::string as_text(const run_facts& run, const test_report& report);
// "31 passed, 2 failed, 1 skipped"
[[nodiscard]] std::string summary(const std::vector<test_report>& all);
// The whole run as one JSON document.
[[nodiscard]] std::string as_json(const run_facts& run, const std::vector<test_report>& all);
[[nodiscard]] bool any_bad(const std::vector<test_report>& all);

}  // namespace qry::conformance
