// How the command ends, and how it says why.
#pragma once

#include <string>

#include <qry/error.hpp>

namespace qry::cli {

inline constexpr int exit_done = 0;
inline constexpr int exit_failed = 1;
inline constexpr int exit_usage = 2;
inline constexpr int exit_denied = 3;
inline constexpr int exit_time_limit = 4;
inline constexpr int exit_credentials = 5;
inline constexpr int exit_interrupted = 130;

// What the server calls unknown or wrong is no wrong use of the command.
[[nodiscard]] int exit_status(const error& e) noexcept;

enum class error_form { text, json };

// "error: …\nhint: …\n", or one line of JSON.
[[nodiscard]] std::string describe(const error& e, error_form form);

// Wrong use of the command itself.
[[nodiscard]] error usage_error(std::string message, std::string hint = {});

}  // namespace qry::cli
