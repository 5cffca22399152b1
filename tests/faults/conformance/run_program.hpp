// Runs qry-conformance and reads what it says.
#pragma once

#include <string>

namespace qry::conformance::test {

struct ended {
    int code = -1;
    std::string output;
};

// arguments: as typed in a shell. stderr comes with stdout.
[[nodiscard]] ended run_conformance(const std::string& arguments);
// The built plugin of tests/faults/plugins with that name, quoted.
[[nodiscard]] std::string fault(const std::string& name);
// "--params" and the file that describes the database of those plugins.
[[nodiscard]] std::string with_params();

}  // namespace qry::conformance::test
