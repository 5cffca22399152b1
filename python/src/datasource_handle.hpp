// A datasource, as Python holds it, and operations on it.
#pragma once

#include <pybind11/pybind11.h>

#include <qry/host.hpp>

#include <memory>
#include <utility>

#include "channel.hpp"
#include "fork.hpp"

namespace qry::python {

// Work that can be cancelled. Not tied to the process: a child's cancel does nothing.
class operation_handle {
public:
    void set(operation_ptr what) { what_ = kept<operation>(std::move(what)); }
    void cancel() const {
        if (!what_ || !what_.mine()) return;
        pybind11::gil_scoped_release nogil;
        what_.get()->cancel();
    }

private:
    kept<operation> what_;
};
using operation_handle_ptr = std::unique_ptr<operation_handle>;

class datasource_handle {
public:
    explicit datasource_handle(datasource_ptr what) : what_(std::move(what)) {}
    datasource_handle(datasource_handle&&) noexcept = default;
    datasource_handle& operator=(datasource_handle&&) = delete;
    ~datasource_handle() {
        if (!what_ || !what_.mine()) return;
        pybind11::gil_scoped_release nogil;
        what_.take().reset();
    }
    [[nodiscard]] const datasource_ptr& get() const { return what_.get(); }

private:
    kept<datasource> what_;
};

// (ok, steps, server_version, failure), as TestReport takes them.
[[nodiscard]] pybind11::object report_tuple(test_report report);
[[nodiscard]] pybind11::tuple step_tuple(const test_step_report& step);

// One step of a test on its way to a listener.
class step_outcome final : public outcome {
public:
    explicit step_outcome(test_step_report step) : step_(std::move(step)) {}
    pybind11::object value() override { return pybind11::make_tuple(step_tuple(step_)); }

private:
    test_step_report step_;
};

void bind_datasource(pybind11::module_& m);

}  // namespace qry::python
