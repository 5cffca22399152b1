#include "errors.hpp"

#include <qry/host.hpp>

#include "convert.hpp"

namespace py = pybind11;

namespace qry::python {

namespace {

// Looked up late (the package imports this module first), kept for the life of the process.
py::object factory() {
    static PyObject* made = nullptr;
    if (made == nullptr) {
        made = py::module_::import("qry_host._errors")
                   .attr("_from_core")
                   .cast<py::object>()
                   .release()
                   .ptr();
    }
    return py::reinterpret_borrow<py::object>(made);
}

}  // namespace

py::object make_exception(const qry::error& e) {
    py::dict more;
    more["hint"] = to_text_or_none(e.hint);
    more["detail"] = to_text_or_none(e.detail);
    more["sqlstate"] = to_text_or_none(e.sqlstate);
    more["vendor_code"] = e.vendor_code == 0 ? py::object(py::none()) : py::int_(e.vendor_code);
    more["origin"] = origin_name(e.from);
    more["retryable"] = e.retryable;
    more["datasource"] = to_text_or_none(e.datasource);
    more["parameter"] = to_text_or_none(e.parameter);
    more["position"] = e.position == 0 ? py::object(py::none()) : py::int_(e.position);
    if (e.limit) {
        more["limit"] = in_seconds(e.limit->limit);
        more["limit_source"] = to_text(e.limit->source);
        more["elapsed"] = in_seconds(e.limit->elapsed);
    }
    return factory()(kind_name(e.kind), to_text(e.message), more);
}

py::object current_exception() {
    try {
        throw;
    } catch (const raised& e) {
        return make_exception(e.error());
    } catch (py::error_already_set& e) {
        return e.value();
    } catch (const std::exception& e) {
        return py::reinterpret_borrow<py::object>(PyExc_RuntimeError)(e.what());
    }
}

raised invalid_argument(std::string parameter, std::string message, std::string hint) {
    return raised(qry::error{
        .kind = status::invalid_parameter,
        .message = std::move(message),
        .hint = std::move(hint),
        .from = origin::host,
        .parameter = std::move(parameter)});
}

void bind_errors(py::module_&) {
    py::register_exception_translator([](std::exception_ptr p) {
        try {
            if (p) std::rethrow_exception(p);
        } catch (const raised& e) {
            py::object made = make_exception(e.error());
            PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(made.ptr())), made.ptr());
        }
    });
}

}  // namespace qry::python
