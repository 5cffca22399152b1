// Python's arguments to the host's, and small values back.
#pragma once

#include <pybind11/pybind11.h>

#include <qry/host.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace qry::python {

// None, a positive number of seconds, a timedelta, or "250ms", "90s", "5m", "2h". Anything else is
// InvalidParameter naming `parameter`.
[[nodiscard]] std::optional<duration> to_duration(
    const pybind11::object& value, const char* parameter
);

// The same, and zero in any of its forms.
[[nodiscard]] std::optional<duration> to_age(const pybind11::object& value, const char* parameter);

// Values are str, int, float or bool; None is left out.
[[nodiscard]] std::map<std::string, std::string> to_params(
    const pybind11::object& mapping, const char* what
);
// The same for a change, where None removes.
[[nodiscard]] std::map<std::string, std::string> to_param_changes(
    const pybind11::object& mapping, const char* what
);
// Values are str or bytes; None is left out, or removes when `removing`.
enum class none_means { absent, remove };
[[nodiscard]] std::map<std::string, secret> to_secrets(
    const pybind11::object& mapping, none_means none
);
[[nodiscard]] secret to_secret(pybind11::handle value, const std::string& name);

[[nodiscard]] inline double in_seconds(duration d) {
    return std::chrono::duration<double>(d).count();
}
[[nodiscard]] double since_epoch(std::chrono::system_clock::time_point t);
// Texts of servers may be anything: what is not UTF-8 is escaped.
[[nodiscard]] pybind11::str to_text(std::string_view s);
[[nodiscard]] pybind11::object to_text_or_none(std::string_view s);

}  // namespace qry::python
