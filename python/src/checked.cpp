#include "checked.hpp"

#include <limits>

#include "errors.hpp"

namespace py = pybind11;

namespace qry::python {

namespace {

raised not_utf8(const std::string& what, const std::string& parameter) {
    // The exception holds the text.
    PyErr_Clear();
    return invalid_argument(
        parameter.empty() ? what : parameter,
        what + " holds a lone surrogate; expected text that UTF-8 can encode",
        "decode bytes with the encoding that they are in, without surrogateescape"
    );
}

raised out_of_range(const std::string& what, std::int64_t least, std::int64_t most) {
    return invalid_argument(
        what,
        what + " is out of range; expected an integer from " + std::to_string(least) + " to " +
            std::to_string(most),
        "give a smaller number"
    );
}

}  // namespace

py::type_error wrong_type(const std::string& what, const char* expected, py::handle given) {
    return py::type_error(
        what + " must be " + expected + ", not " +
        (given.is_none() ? "None" : Py_TYPE(given.ptr())->tp_name)
    );
}

std::string_view utf8_view(py::handle text, const std::string& what, const std::string& parameter) {
    if (!PyUnicode_Check(text.ptr())) throw wrong_type(what, "str", text);
    Py_ssize_t size = 0;
    const char* data = PyUnicode_AsUTF8AndSize(text.ptr(), &size);
    if (data == nullptr) throw not_utf8(what, parameter);
    return {data, static_cast<std::size_t>(size)};
}

std::string to_utf8(py::handle text, const std::string& what) {
    return std::string(utf8_view(text, what));
}

std::optional<std::string> to_utf8_or_none(py::handle text, const std::string& what) {
    if (text.is_none()) return std::nullopt;
    return to_utf8(text, what);
}

std::string to_path(py::handle text, const std::string& what) {
    if (!PyUnicode_Check(text.ptr())) throw wrong_type(what, "str or os.PathLike", text);
    const auto bytes = py::reinterpret_steal<py::bytes>(PyUnicode_EncodeFSDefault(text.ptr()));
    if (!bytes) throw not_utf8(what, what);
    return std::string(bytes);
}

std::int64_t to_int64(py::handle number, const std::string& what) {
    if (!PyIndex_Check(number.ptr()) || PyBool_Check(number.ptr()))
        throw wrong_type(what, "int", number);
    const auto exact = py::reinterpret_steal<py::object>(PyNumber_Index(number.ptr()));
    if (!exact) throw py::error_already_set();
    int overflow = 0;
    const std::int64_t value = PyLong_AsLongLongAndOverflow(exact.ptr(), &overflow);
    using range = std::numeric_limits<std::int64_t>;
    if (overflow != 0) throw out_of_range(what, range::min(), range::max());
    return value;
}

int to_int(py::handle number, const std::string& what) {
    using range = std::numeric_limits<int>;
    const std::int64_t value = to_int64(number, what);
    if (value < range::min() || value > range::max())
        throw out_of_range(what, range::min(), range::max());
    return static_cast<int>(value);
}

std::int64_t to_count(py::handle number, const std::string& what, const char* hint) {
    const std::int64_t value = to_int64(number, what);
    if (value < 0) {
        throw invalid_argument(
            what, what + " is " + std::to_string(value) + "; expected 0 or more", hint
        );
    }
    return value;
}

}  // namespace qry::python
