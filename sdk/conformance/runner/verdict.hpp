// How one test ended, and why.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace qry::conformance {

enum class ending { passed, failed, crashed, hung, skipped };

[[nodiscard]] const char* name_of(ending e) noexcept;
// Failed, crashed and hung make the whole run fail.
[[nodiscard]] bool is_bad(ending e) noexcept;

struct verdict {
    ending end = ending::passed;
    // What was asked of the plugin.
    std::string sent;
    // What it did instead of what the rule says; why a test was skipped.
    std::string got;
    // The likely cause.
    std::string cause;
    // Nothing forbidden, but worth a look.
    std::vector<std::string> warnings;
};

[[nodiscard]] nlohmann::json to_json(const verdict& v);
[[nodiscard]] verdict verdict_from(const nlohmann::json& j);

// Ends a test from wherever it is; caught where tests are run.
struct broken_rule {
    std::string sent;
    std::string got;
    std::string cause;
    ending end = ending::failed;
};

struct not_applicable {
    std::string why;
};

}  // namespace qry::conformance
