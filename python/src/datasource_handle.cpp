#include "datasource_handle.hpp"

#include <optional>
#include <string>

#include "arguments.hpp"
#include "checked.hpp"
#include "convert.hpp"
#include "result_handle.hpp"
#include "snapshot_handle.hpp"
#include "stats.hpp"

#include <pybind11/stl.h>

namespace py = pybind11;

namespace qry::python {

namespace {

const char* state_name(connection_state s) {
    switch (s) {
        case connection_state::connected:
            return "connected";
        case connection_state::failed:
            return "failed";
        case connection_state::unknown:
            break;
    }
    return "unknown";
}

template <class T, class F>
py::object maybe(const std::optional<T>& value, F&& f) {
    return value ? py::cast(f(*value)) : py::object(py::none());
}

py::dict info_of(const datasource_handle& d) {
    const datasource_info i = d.get()->info();
    py::dict params;
    for (const auto& [name, value] : i.params)
        params[to_text(name)] = to_text(value);
    py::list secrets;
    for (const std::string& name : i.secrets)
        secrets.append(to_text(name));
    py::dict out;
    out["id"] = i.id;
    out["name"] = to_text(i.name);
    out["driver"] = i.driver;
    out["params"] = params;
    out["secrets"] = secrets;
    out["timeout"] = maybe(i.timeout, in_seconds);
    out["pool_min_size"] = i.pool_min_size;
    out["pool_max_size"] = i.pool_max_size;
    out["isolation"] = i.isolation;
    out["version"] = i.version;
    out["state"] = state_name(i.state);
    out["state_message"] = to_text_or_none(i.state_message);
    out["checked_at"] = maybe(i.checked_at, since_epoch);
    out["schema_taken_at"] = maybe(i.schema_taken_at, since_epoch);
    out["schema_stale"] = i.schema_stale;
    return out;
}

py::dict pool_of(const datasource_handle& d) {
    return pool_dict(d.get()->pool());
}

query make_query(
    const py::object& sql,
    const py::object& args,
    const py::object& timeout,
    const py::object& limit,
    const py::object& options
) {
    query q;
    q.sql = to_utf8(sql, "sql");
    bound_arguments bound = bind_arguments(args);
    q.args_schema = std::move(bound.schema);
    q.args = std::move(bound.values);
    q.timeout = to_duration(timeout, "timeout");
    if (!limit.is_none()) q.limit = to_count(limit, "limit", "leave limit out to get all rows");
    q.options = to_params(options, "options");
    return q;
}

operation_handle_ptr execute(
    const datasource_handle& d,
    channel& where,
    py::object future,
    const py::object& sql,
    const py::object& args,
    const py::object& timeout,
    const py::object& limit,
    const py::object& options
) {
    query q = make_query(sql, args, timeout, limit, options);
    auto operation = std::make_unique<operation_handle>();
    where.begin<stream_lease>(
        std::move(future),
        [&](completion<stream_lease> done) {
            operation->set(d.get()->execute(std::move(q), start_reading(std::move(done))));
        },
        [](stream_lease lease) { return py::cast(result_handle(lease.take())); }
    );
    return operation;
}

operation_handle_ptr test(
    const datasource_handle& d, channel& where, py::object future, py::object on_step
) {
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
            operation->set(d.get()->test(std::move(step), std::move(done)));
        },
        report_tuple
    );
    return operation;
}

operation_handle_ptr schema(
    const datasource_handle& d, channel& where, py::object future, const py::object& max_age
) {
    const std::optional<duration> age = to_age(max_age, "max_age");
    auto operation = std::make_unique<operation_handle>();
    where.begin<schema_ptr>(
        std::move(future),
        [&](completion<schema_ptr> done) { operation->set(d.get()->schema(age, std::move(done))); },
        [](schema_ptr s) { return py::cast(snapshot_handle(std::move(s))); }
    );
    return operation;
}

class progress_outcome final : public outcome {
public:
    explicit progress_outcome(refresh_progress p) : progress_(std::move(p)) {}
    py::object value() override { return py::make_tuple(to_text(progress_.stage), progress_.done); }

private:
    refresh_progress progress_;
};

operation_handle_ptr refresh_schema(
    const datasource_handle& d, channel& where, py::object future, py::object on_progress
) {
    auto operation = std::make_unique<operation_handle>();
    const bool listening = !on_progress.is_none();
    where.begin_reported<schema_diff>(
        std::move(future),
        std::move(on_progress),
        [&](completion<schema_diff> done, auto report) {
            callback<void(const refresh_progress&)> progress;
            if (listening) {
                progress = [report](const refresh_progress& p) {
                    report(std::make_unique<progress_outcome>(p));
                };
            }
            operation->set(d.get()->refresh_schema(std::move(progress), std::move(done)));
        },
        [](schema_diff diff) -> py::object { return diff_tuple(diff); }
    );
    return operation;
}

// The generation of the snapshot that this process holds; None without one.
py::object cached_generation(const datasource_handle& d) {
    const schema_ptr s = d.get()->cached_schema();
    return s ? py::object(py::int_(s->generation())) : py::object(py::none());
}

}  // namespace

py::tuple step_tuple(const test_step_report& s) {
    return py::make_tuple(
        to_text(s.name), s.ok, in_seconds(s.elapsed), to_text(s.detail), to_text(s.hint)
    );
}

py::object report_tuple(test_report report) {
    py::list steps;
    for (const test_step_report& s : report.steps)
        steps.append(step_tuple(s));
    return py::make_tuple(
        report.ok,
        steps,
        to_text_or_none(report.server_version),
        report.failure ? make_exception(*report.failure) : py::object(py::none())
    );
}

void bind_datasource(py::module_& m) {
    py::class_<operation_handle>(m, "Operation").def("cancel", &operation_handle::cancel);
    py::class_<datasource_handle>(m, "Datasource")
        .def("info", &info_of)
        .def("pool", &pool_of)
        .def("cached_generation", &cached_generation)
        .def(
            "execute",
            &execute,
            py::arg("channel"),
            py::arg("future"),
            py::arg("sql"),
            py::arg("args"),
            py::arg("timeout"),
            py::arg("limit"),
            py::arg("options")
        )
        .def("test", &test, py::arg("channel"), py::arg("future"), py::arg("on_step"))
        .def("schema", &schema, py::arg("channel"), py::arg("future"), py::arg("max_age"))
        .def(
            "refresh_schema",
            &refresh_schema,
            py::arg("channel"),
            py::arg("future"),
            py::arg("on_progress")
        );
}

}  // namespace qry::python
