#include "batch.hpp"

#include <algorithm>
#include <limits>

#include "capsule.hpp"
#include "convert.hpp"

namespace py = pybind11;

namespace qry::python {

namespace {

constexpr std::int64_t to_the_end = std::numeric_limits<std::int64_t>::max();

// (name, the database's type or None, Arrow type, nullable) of each column.
py::list describe(shape& s) {
    py::list out;
    for (const arrow::field& f : s.reader().shape().type.children()) {
        out.append(py::make_tuple(
            to_text(f.name),
            to_text_or_none(metadata_value(f, QRY_META_TYPE)),
            f.type.name(),
            f.nullable
        ));
    }
    return out;
}

py::tuple export_batch(const batch& b, const py::object&) {
    return py::make_tuple(
        schema_capsule(copy_schema(*b.of()->schema()->get())), array_capsule(share(b.rows()))
    );
}

py::capsule export_all(const shape_ptr& s, const py::list& batches) {
    std::vector<shared_array> arrays;
    for (const py::handle b : batches) {
        arrays.push_back(b.cast<const batch&>().rows());
    }
    return stream_capsule(export_batches(s->schema(), std::move(arrays)));
}

}  // namespace

const arrow::array_view& batch::view() {
    if (!view_) view_.emplace(shape_->reader().view(*rows_->get()));
    return *view_;
}

py::list batch::tuples(std::int64_t from, std::int64_t to) {
    const std::int64_t end = std::clamp<std::int64_t>(to, 0, length());
    const arrow::array_view& cells = view();
    return shape_->reader().tuples(cells, std::clamp<std::int64_t>(from, 0, end), end);
}

py::list batch::dicts(std::int64_t from, std::int64_t to) {
    const std::int64_t end = std::clamp<std::int64_t>(to, 0, length());
    const arrow::array_view& cells = view();
    return shape_->reader().dicts(cells, std::clamp<std::int64_t>(from, 0, end), end);
}

void bind_batch(py::module_& m) {
    py::class_<shape, shape_ptr>(m, "ResultSchema")
        .def("describe", &describe)
        .def("__arrow_c_schema__", [](const shape& s) {
            return schema_capsule(copy_schema(*s.schema()->get()));
        });
    py::class_<batch>(m, "Batch")
        .def("__len__", &batch::length)
        .def_property_readonly("num_rows", &batch::length)
        .def_property_readonly("schema", &batch::of)
        .def("rows", &batch::tuples, py::arg("start") = 0, py::arg("stop") = to_the_end)
        .def("dicts", &batch::dicts, py::arg("start") = 0, py::arg("stop") = to_the_end)
        .def("__arrow_c_array__", &export_batch, py::arg("requested_schema") = py::none())
        .def("__arrow_c_schema__", [](const batch& b) {
            return schema_capsule(copy_schema(*b.of()->schema()->get()));
        });
    m.def("export_batches", &export_all, py::arg("schema"), py::arg("batches"));
}

}  // namespace qry::python
