// A caller's arguments, checked by hand. pybind11 answers an argument of the wrong type with the
// repr of them all, passwords too, and Python's UnicodeEncodeError keeps the text that it refused:
// so bindings take py::object for whatever a caller gave, and convert it here. What is thrown names
// the argument and what was expected, never the value: TypeError for a wrong type,
// InvalidParameter for a value that does not fit.
#pragma once

#include <pybind11/pybind11.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace qry::python {

// "timeout must be str, not bytes".
[[nodiscard]] pybind11::type_error wrong_type(
    const std::string& what, const char* expected, pybind11::handle given
);

// The UTF-8 of a str, valid as long as the str is.
// parameter: what an error is about, if that is not `what`.
[[nodiscard]] std::string_view utf8_view(
    pybind11::handle text, const std::string& what, const std::string& parameter = {}
);
[[nodiscard]] std::string to_utf8(pybind11::handle text, const std::string& what);
// None is nullopt.
[[nodiscard]] std::optional<std::string> to_utf8_or_none(
    pybind11::handle text, const std::string& what
);
// A file's name as os.fspath gives it, in the encoding of the file system.
[[nodiscard]] std::string to_path(pybind11::handle text, const std::string& what);

// Integers, and what has __index__; a bool is a slip.
[[nodiscard]] std::int64_t to_int64(pybind11::handle number, const std::string& what);
[[nodiscard]] int to_int(pybind11::handle number, const std::string& what);
// 0 or more; the hint is for a negative one.
[[nodiscard]] std::int64_t to_count(
    pybind11::handle number, const std::string& what, const char* hint
);
template <class T>
[[nodiscard]] std::optional<T> or_none(
    pybind11::handle value,
    const std::string& what,
    T (*convert)(pybind11::handle, const std::string&)
) {
    if (value.is_none()) return std::nullopt;
    return convert(value, what);
}

}  // namespace qry::python
