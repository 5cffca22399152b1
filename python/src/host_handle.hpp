// The host, as Python holds it, and what happens to it when the interpreter ends.
#pragma once

#include <pybind11/pybind11.h>

#include <qry/host.hpp>

#include <utility>

#include "fork.hpp"

namespace qry::python {

class host_handle {
public:
    explicit host_handle(host_ptr what) : what_(std::move(what)) {}
    host_handle(host_handle&&) noexcept = default;
    host_handle& operator=(host_handle&&) = delete;
    ~host_handle() {
        if (!what_ || !what_.mine()) return;
        pybind11::gil_scoped_release nogil;
        what_.take().reset();
    }
    [[nodiscard]] const host_ptr& get() const { return what_.get(); }

private:
    kept<host> what_;
};

// Adding, changing, finding, removing and checking datasources.
void bind_datasources(pybind11::class_<host_handle>& c);

void bind_host(pybind11::module_& m);

}  // namespace qry::python
