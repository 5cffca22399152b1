// One value of one parameter: checked, and brought into its canonical form.
#pragma once

#include <string>
#include <string_view>

#include <qry/registry/parameter.hpp>
#include <qry/result.hpp>

namespace qry::registry {

// Booleans "true"/"false", durations in seconds, numbers without decoration, text as it is. The
// error's message is one sentence that names the parameter; its hint is the next step.
[[nodiscard]] result<std::string> canonical(const parameter& p, std::string_view value);

// Why the pattern is no RE2 expression; empty = it is one.
[[nodiscard]] std::string pattern_defect(const std::string& pattern);

}  // namespace qry::registry
