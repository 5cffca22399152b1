// From qry::error to the exceptions of qry_host.
#pragma once

#include <pybind11/pybind11.h>

#include <qry/error.hpp>

#include <exception>
#include <string>
#include <utility>

namespace qry::python {

// What bindings throw; becomes the Python exception of its kind.
class raised : public std::exception {
public:
    explicit raised(qry::error e) : error_(std::move(e)) {}
    [[nodiscard]] const char* what() const noexcept override { return error_.message.c_str(); }
    [[nodiscard]] const qry::error& error() const noexcept { return error_; }

private:
    qry::error error_;
};

// The exception object; does not raise it.
[[nodiscard]] pybind11::object make_exception(const qry::error& e);

// The object that stands for the exception now being handled; call in a catch block only.
[[nodiscard]] pybind11::object current_exception();

[[nodiscard]] raised invalid_argument(std::string parameter, std::string message, std::string hint);

void bind_errors(pybind11::module_& m);

}  // namespace qry::python
