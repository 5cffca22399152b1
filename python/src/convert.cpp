#include "convert.hpp"

#include <cmath>
#include <limits>
#include <utility>

#include "checked.hpp"
#include "errors.hpp"

namespace py = pybind11;

namespace qry::python {

namespace {

constexpr const char* duration_hint =
    "give a positive number of seconds, or text such as \"90s\" or \"5m\"";

// Only of a number the value: anything else may have slipped in from another argument, a secret.
raised bad_duration(const char* parameter, py::handle value) {
    std::string shown = std::string("of type ") + Py_TYPE(value.ptr())->tp_name;
    if (PyFloat_Check(value.ptr())) shown = std::string(py::repr(value));
    int overflow = 0;
    if (PyLong_CheckExact(value.ptr())) {
        const auto number = PyLong_AsLongLongAndOverflow(value.ptr(), &overflow);
        shown = overflow == 0 ? std::to_string(number) : "an integer beyond 64 bits";
    }
    return invalid_argument(
        parameter,
        std::string(parameter) + " is " + shown + "; expected a positive duration",
        duration_hint
    );
}

py::dict to_dict(const py::object& mapping, const char* what) {
    if (mapping.is_none()) return {};
    if (!PyMapping_Check(mapping.ptr()) || PyUnicode_Check(mapping.ptr()) ||
        !py::hasattr(mapping, "items"))
        throw py::type_error(std::string(what) + " must be a mapping of names to values");
    return py::dict(mapping);
}

std::string name_of(py::handle key, const char* what) {
    if (!PyUnicode_Check(key.ptr()))
        throw py::type_error(
            std::string(what) + ": names are str, not " + Py_TYPE(key.ptr())->tp_name
        );
    return to_utf8(key, std::string("a name in ") + what);
}

std::string value_of(py::handle value, const std::string& name) {
    if (PyBool_Check(value.ptr())) return value.ptr() == Py_True ? "true" : "false";
    const std::string what = "parameter '" + name + "'";
    if (PyUnicode_Check(value.ptr())) return std::string(utf8_view(value, what, name));
    if (PyLong_Check(value.ptr()) || PyFloat_Check(value.ptr()))
        return std::string(utf8_view(py::str(value), what, name));
    if (py::hasattr(value, "__fspath__"))
        return std::string(utf8_view(value.attr("__fspath__")(), what, name));
    throw invalid_argument(
        name,
        "parameter '" + name + "' is of type " + Py_TYPE(value.ptr())->tp_name +
            "; expected str, int, float or bool",
        "convert the value to text"
    );
}

std::map<std::string, std::string> read_params(
    const py::object& mapping, const char* what, none_means none
) {
    std::map<std::string, std::string> out;
    for (const auto& [key, value] : to_dict(mapping, what)) {
        std::string name = name_of(key, what);
        if (!value.is_none()) {
            std::string text = value_of(value, name);
            out.emplace(std::move(name), std::move(text));
        } else if (none == none_means::remove) {
            out.emplace(std::move(name), std::string());
        }
    }
    return out;
}

using parser = result<duration> (*)(std::string_view, std::string_view);

// least: in seconds, of a number; the parser knows for text.
std::optional<duration> read_duration(
    const py::object& value, const char* parameter, parser parse, double least
) {
    if (value.is_none()) return std::nullopt;
    if (PyUnicode_Check(value.ptr())) {
        result<duration> parsed = parse(utf8_view(value, parameter), parameter);
        if (!parsed) throw raised(std::move(parsed.error()));
        return *parsed;
    }
    double seconds = 0;
    if (PyFloat_Check(value.ptr()) || (PyLong_Check(value.ptr()) && !PyBool_Check(value.ptr()))) {
        seconds = PyFloat_AsDouble(value.ptr());
        if (PyErr_Occurred() != nullptr) {
            PyErr_Clear();
            throw bad_duration(parameter, value);
        }
    } else if (py::hasattr(value, "total_seconds")) {
        seconds = value.attr("total_seconds")().cast<double>();
    } else {
        throw bad_duration(parameter, value);
    }
    // What 64 bits of nanoseconds hold, about 292 years.
    constexpr double longest = 9.2e9;
    if (!std::isfinite(seconds) || seconds < least || seconds > longest)
        throw bad_duration(parameter, value);
    if (seconds == 0) return duration(0);
    const auto d = std::chrono::duration_cast<duration>(std::chrono::duration<double>(seconds));
    // Less than a nanosecond is not zero.
    return std::max(d, duration(1));
}

}  // namespace

std::optional<duration> to_duration(const py::object& value, const char* parameter) {
    return read_duration(
        value, parameter, parse_duration, std::numeric_limits<double>::denorm_min()
    );
}

std::optional<duration> to_age(const py::object& value, const char* parameter) {
    return read_duration(value, parameter, parse_age, 0);
}

std::map<std::string, std::string> to_params(const py::object& mapping, const char* what) {
    return read_params(mapping, what, none_means::absent);
}

std::map<std::string, std::string> to_param_changes(const py::object& mapping, const char* what) {
    return read_params(mapping, what, none_means::remove);
}

secret to_secret(py::handle value, const std::string& name) {
    if (PyUnicode_Check(value.ptr()))
        return secret(utf8_view(value, "secret '" + name + "'", name));
    if (PyBytes_Check(value.ptr())) {
        return secret(std::string_view(
            PyBytes_AS_STRING(value.ptr()), static_cast<std::size_t>(PyBytes_GET_SIZE(value.ptr()))
        ));
    }
    throw invalid_argument(
        name,
        "secret '" + name + "' is of type " + Py_TYPE(value.ptr())->tp_name +
            "; expected str or bytes",
        "convert the value to text"
    );
}

std::map<std::string, secret> to_secrets(const py::object& mapping, none_means none) {
    std::map<std::string, secret> out;
    for (const auto& [key, value] : to_dict(mapping, "secrets")) {
        std::string name = name_of(key, "secrets");
        if (!value.is_none()) {
            secret content = to_secret(value, name);
            out.emplace(std::move(name), std::move(content));
        } else if (none == none_means::remove) {
            out.emplace(std::move(name), secret());
        }
    }
    return out;
}

double since_epoch(std::chrono::system_clock::time_point t) {
    return std::chrono::duration<double>(t.time_since_epoch()).count();
}

py::str to_text(std::string_view s) {
    PyObject* made =
        PyUnicode_DecodeUTF8(s.data(), static_cast<Py_ssize_t>(s.size()), "backslashreplace");
    if (made == nullptr) throw py::error_already_set();
    return py::reinterpret_steal<py::str>(made);
}

py::object to_text_or_none(std::string_view s) {
    return s.empty() ? py::none() : py::object(to_text(s));
}

}  // namespace qry::python
