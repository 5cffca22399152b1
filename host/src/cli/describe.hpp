// Datasources and tests of them, as text and as JSON.
#pragma once

#include <chrono>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include <qry/host.hpp>

#include "cli/columns.hpp"
#include "cli/terminal.hpp"

namespace qry::cli {

[[nodiscard]] nlohmann::ordered_json to_json(const datasource_info& info);
[[nodiscard]] nlohmann::ordered_json to_json(const test_report& report);

[[nodiscard]] const char* state_name(connection_state state) noexcept;
// "fresh 3 min", "stale 2 d", "none".
[[nodiscard]] std::string schema_state(const datasource_info& info);
// "3 min ago", "never".
[[nodiscard]] std::string checked(const datasource_info& info);

// One step of a test: "ok      tls           12 ms  TLSv1.3". hues: of the stream it goes to.
[[nodiscard]] std::string describe_step(const test_step_report& step, const colours& hues);

// RFC 3339, to the second.
[[nodiscard]] std::string utc_text(std::chrono::system_clock::time_point when);

// Whole seconds where they are, for --timeout and back.
[[nodiscard]] std::string seconds(duration value);

}  // namespace qry::cli
