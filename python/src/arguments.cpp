#include "arguments.hpp"

#include <qry/kit/arrow/column_builder.hpp>
#include <qry/kit/arrow/type.hpp>

#include <string>
#include <utility>
#include <vector>

#include "argument_value.hpp"
#include "checked.hpp"
#include "errors.hpp"

namespace py = pybind11;

namespace qry::python {

bound_arguments bind_arguments(const py::object& values) {
    // "abc" would be three arguments, a dict its keys, a set in any order: all are slips.
    PyObject* v = values.ptr();
    const bool in_order = Py_TYPE(v)->tp_iter != nullptr || PySequence_Check(v) != 0;
    if (!in_order || PyUnicode_Check(v) || PyBytes_Check(v) || PyDict_Check(v) || PyAnySet_Check(v))
        throw wrong_type("args", "a sequence of values, one for each $n", values);
    const auto list = py::reinterpret_steal<py::tuple>(PySequence_Tuple(values.ptr()));
    if (!list) throw py::error_already_set();
    bound_arguments out;
    if (list.empty()) return out;
    std::vector<arrow::field> fields;
    arrow::array_parts row{.length = 1};
    row.buffers.emplace_back();
    for (std::size_t i = 0; i < list.size(); ++i) {
        const std::string where = "$" + std::to_string(i + 1);
        arrow::field f = type_of_argument(list[i], where).value_or(arrow::field{});
        f.name = where;
        const auto builder = arrow::make_builder(f.type, arrow::memory{});
        append_argument(*builder, list[i], where);
        row.children.push_back(builder->finish());
        fields.push_back(std::move(f));
    }
    out.schema = arrow::export_schema(fields);
    out.values = arrow::export_array(std::move(row));
    return out;
}

}  // namespace qry::python
