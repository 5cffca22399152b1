// The datasources of a host, as its registry keeps them.
#include "host_handle.hpp"

#include <optional>
#include <string>
#include <vector>

#include <pybind11/stl.h>

#include "channel.hpp"
#include "checked.hpp"
#include "convert.hpp"
#include "datasource_handle.hpp"

namespace py = pybind11;

namespace qry::python {

namespace {

py::object none() {
    return py::none();
}

py::object datasource_object(datasource_ptr d) {
    return py::cast(datasource_handle(std::move(d)));
}

datasource_spec make_spec(
    const py::object& name,
    const py::object& driver,
    const py::object& params,
    const py::object& secrets,
    const py::object& timeout,
    const py::object& pool_min_size,
    const py::object& pool_max_size,
    const py::object& isolation
) {
    datasource_spec s;
    s.name = to_utf8(name, "name");
    s.driver = to_utf8(driver, "driver");
    s.params = to_params(params, "params");
    s.secrets = to_secrets(secrets, none_means::absent);
    s.timeout = to_duration(timeout, "timeout");
    s.pool_min_size = to_int(pool_min_size, "pool_min_size");
    s.pool_max_size = to_int(pool_max_size, "pool_max_size");
    s.isolation = to_utf8_or_none(isolation, "isolation");
    return s;
}

void create(
    const host_handle& h,
    channel& where,
    py::object future,
    const py::object& name,
    const py::object& driver,
    const py::object& params,
    const py::object& secrets,
    const py::object& timeout,
    const py::object& pool_min_size,
    const py::object& pool_max_size,
    const py::object& isolation
) {
    datasource_spec spec =
        make_spec(name, driver, params, secrets, timeout, pool_min_size, pool_max_size, isolation);
    where.begin<datasource_ptr>(
        std::move(future),
        [&](completion<datasource_ptr> done) { h.get()->create(std::move(spec), std::move(done)); },
        datasource_object
    );
}

void update(
    const host_handle& h,
    channel& where,
    py::object future,
    const py::object& name,
    const py::object& new_name,
    const py::object& params,
    const py::object& secrets,
    const py::object& timeout,
    const py::object& pool_min_size,
    const py::object& pool_max_size,
    const py::object& isolation,
    const py::object& version
) {
    datasource_change c;
    const std::string which = to_utf8(name, "name");
    c.new_name = to_utf8_or_none(new_name, "new_name");
    c.params = to_param_changes(params, "params");
    c.secrets = to_secrets(secrets, none_means::remove);
    c.timeout = to_duration(timeout, "timeout");
    c.pool_min_size = or_none(pool_min_size, "pool_min_size", to_int);
    c.pool_max_size = or_none(pool_max_size, "pool_max_size", to_int);
    c.isolation = to_utf8_or_none(isolation, "isolation");
    c.version = or_none(version, "version", to_int64);
    where.begin<datasource_ptr>(
        std::move(future),
        [&](completion<datasource_ptr> done) {
            h.get()->update(which, std::move(c), std::move(done));
        },
        datasource_object
    );
}

operation_handle_ptr check(
    const host_handle& h,
    channel& where,
    py::object future,
    py::object on_step,
    const py::object& driver,
    const py::object& params,
    const py::object& secrets,
    const py::object& timeout
) {
    datasource_spec spec = make_spec(
        py::str(), driver, params, secrets, timeout, py::int_(1), py::int_(1), py::none()
    );
    auto operation = std::make_unique<operation_handle>();
    const bool listening = !on_step.is_none();
    where.begin_reported<test_report>(
        std::move(future),
        std::move(on_step),
        [&](completion<test_report> done, auto report) {
            callback<void(const test_step_report&)> step;
            if (listening) {
                step = [report](const test_step_report& s) {
                    report(std::make_unique<step_outcome>(s));
                };
            }
            operation->set(h.get()->check(std::move(spec), std::move(step), std::move(done)));
        },
        report_tuple
    );
    return operation;
}

}  // namespace

void bind_datasources(py::class_<host_handle>& c) {
    c.def(
         "get",
         [](const host_handle& h, channel& where, py::object future, const py::object& given) {
             const std::string name = to_utf8(given, "name");
             where.begin<datasource_ptr>(
                 std::move(future),
                 [&](completion<datasource_ptr> done) { h.get()->get(name, std::move(done)); },
                 datasource_object
             );
         },
         py::arg("channel"),
         py::arg("future"),
         py::arg("name")
    )
        .def(
            "list",
            [](const host_handle& h, channel& where, py::object future) {
                where.begin<std::vector<datasource_ptr>>(
                    std::move(future),
                    [&](completion<std::vector<datasource_ptr>> done) {
                        h.get()->list(std::move(done));
                    },
                    [](std::vector<datasource_ptr> found) -> py::object {
                        py::list out;
                        for (datasource_ptr& d : found)
                            out.append(datasource_object(std::move(d)));
                        return out;
                    }
                );
            },
            py::arg("channel"),
            py::arg("future")
        )
        .def(
            "remove",
            [](const host_handle& h, channel& where, py::object future, const py::object& given) {
                const std::string name = to_utf8(given, "name");
                where.begin<void>(
                    std::move(future),
                    [&](completion<void> done) { h.get()->remove(name, std::move(done)); },
                    none
                );
            },
            py::arg("channel"),
            py::arg("future"),
            py::arg("name")
        )
        .def(
            "create",
            &create,
            py::arg("channel"),
            py::arg("future"),
            py::arg("name"),
            py::arg("driver"),
            py::arg("params"),
            py::arg("secrets"),
            py::arg("timeout"),
            py::arg("pool_min_size"),
            py::arg("pool_max_size"),
            py::arg("isolation")
        )
        .def(
            "update",
            &update,
            py::arg("channel"),
            py::arg("future"),
            py::arg("name"),
            py::arg("new_name"),
            py::arg("params"),
            py::arg("secrets"),
            py::arg("timeout"),
            py::arg("pool_min_size"),
            py::arg("pool_max_size"),
            py::arg("isolation"),
            py::arg("version")
        )
        .def(
            "check",
            &check,
            py::arg("channel"),
            py::arg("future"),
            py::arg("on_step"),
            py::arg("driver"),
            py::arg("params"),
            py::arg("secrets"),
            py::arg("timeout")
        );
}

}  // namespace qry::python
