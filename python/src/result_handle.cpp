#include "result_handle.hpp"

#include <qry/host.hpp>

#include "capsule.hpp"
#include "convert.hpp"

namespace py = pybind11;

namespace qry::python {

namespace {

py::list notices_of(const result_handle& r) {
    py::list out;
    for (const query_notice& n : r.source()->about().notices()) {
        out.append(
            py::make_tuple(to_text(n.severity), to_text_or_none(n.sqlstate), to_text(n.message))
        );
    }
    return out;
}

py::object batch_or_none(const shape_ptr& of, unique_array rows) {
    if (!rows) return py::none();
    return py::cast(batch(of, std::move(rows)));
}

}  // namespace

result_handle::result_handle(std::shared_ptr<stream> from)
    : stream_(from), shape_(std::make_shared<shape>(from->schema())) {}

result_handle::~result_handle() {
    if (!stream_ || !stream_.mine()) return;
    py::gil_scoped_release nogil;
    const std::shared_ptr<stream> last = stream_.take();
    last->abandon();
}

py::object result_handle::poll() {
    const std::shared_ptr<stream>& from = source();
    auto answer = [&] {
        py::gil_scoped_release nogil;
        return from->poll();
    }();
    if (!answer) return py::ellipsis();
    if (!*answer) throw raised(std::move(answer->error()));
    return batch_or_none(shape_, std::move(**answer));
}

py::object result_handle::small_rows(std::int64_t most) {
    // No wait is long under this lock, so the GIL is kept.
    auto batches = source()->take_rest(most);
    if (!batches) return py::none();
    py::list rows;
    for (unique_array& each : *batches) {
        batch made(shape_, std::move(each));
        py::list part = made.tuples(0, made.length());
        if (batches->size() == 1) return part;
        rows += part;
    }
    return rows;
}

void result_handle::next(channel& where, py::object future) {
    where.begin<unique_array>(
        std::move(future),
        [from = source()](completion<unique_array> done) { from->next(std::move(done)); },
        [of = shape_](unique_array rows) { return batch_or_none(of, std::move(rows)); }
    );
}

void result_handle::cancel() {
    const std::shared_ptr<stream>& from = source();
    py::gil_scoped_release nogil;
    from->cancel();
}

void result_handle::abandon() {
    const std::shared_ptr<stream>& from = source();
    py::gil_scoped_release nogil;
    from->abandon();
}

py::capsule result_handle::stream_capsule() {
    return python::stream_capsule(export_stream(source()));
}

completion<result_ptr> start_reading(completion<stream_lease> done) {
    return [done = std::move(done)](result<result_ptr> opened) mutable {
        if (!opened) {
            done(std::move(opened.error()));
            return;
        }
        auto reading = std::make_shared<stream>(std::move(*opened));
        reading->start();
        done(stream_lease(std::move(reading)));
    };
}

void bind_result(py::module_& m) {
    py::class_<result_handle>(m, "Result")
        .def("poll", &result_handle::poll)
        .def("next", &result_handle::next, py::arg("channel"), py::arg("future"))
        .def("small_rows", &result_handle::small_rows, py::arg("most"))
        .def("cancel", &result_handle::cancel)
        .def("abandon", &result_handle::abandon)
        .def("stream_capsule", &result_handle::stream_capsule)
        .def("notices", &notices_of)
        .def_property_readonly("schema", &result_handle::of)
        .def_property_readonly(
            "has_rows", [](const result_handle& r) { return r.source()->has_rows(); }
        )
        .def_property_readonly(
            "finished", [](const result_handle& r) { return r.source()->finished(); }
        )
        .def_property_readonly(
            "rows_affected",
            [](const result_handle& r) { return r.source()->about().rows_affected(); }
        )
        .def_property_readonly(
            "elapsed",
            [](const result_handle& r) { return in_seconds(r.source()->about().elapsed()); }
        )
        .def_property_readonly("query_id", [](const result_handle& r) {
            return to_text(r.source()->about().query_id());
        });
}

}  // namespace qry::python
