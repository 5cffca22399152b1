#include "rows.hpp"

#include <set>
#include <utility>

#include "errors.hpp"

namespace py = pybind11;

namespace qry::python {

namespace {

arrow::field read_shape(const ArrowSchema& schema) {
    result<arrow::field> read = arrow::import_field(schema);
    if (!read) throw raised(std::move(read.error()));
    return std::move(*read);
}

// Tuples with room, not yet filled.
py::list blank_rows(std::int64_t count, std::size_t width, bool atomic) {
    py::list rows(static_cast<std::size_t>(count));
    for (Py_ssize_t i = 0; i < count; ++i) {
        PyObject* row = PyTuple_New(static_cast<Py_ssize_t>(width));
        if (row == nullptr) throw py::error_already_set();
        // The collector finds out sooner or later that such a tuple cannot be in a cycle; told at
        // once, it does not walk a million of them first. The empty tuple is shared, never ours.
        if (atomic && width != 0) PyObject_GC_UnTrack(row);
        PyList_SET_ITEM(rows.ptr(), i, row);
    }
    return rows;
}

}  // namespace

row_reader::row_reader(const ArrowSchema& schema) : shape_(read_shape(schema)) {
    for (const arrow::field& f : shape_.type.children()) {
        columns_.push_back(make_decoder(f, f.name));
        atomic_ = atomic_ && columns_.back()->atomic();
    }
}

arrow::array_view row_reader::view(const ArrowArray& batch) const {
    result<arrow::array_view> made = arrow::array_view::make(shape_, batch);
    if (!made) throw raised(std::move(made.error()));
    return std::move(*made);
}

py::list row_reader::tuples(const arrow::array_view& batch, std::int64_t from, std::int64_t to)
    const {
    py::list rows = blank_rows(to - from, columns_.size(), atomic_);
    // Column by column: one decoder and one buffer at a time stay in the cache.
    for (std::size_t c = 0; c < columns_.size(); ++c) {
        const arrow::array_view& cells = batch.child(c);
        const decoder& how = *columns_[c];
        for (std::int64_t i = from; i < to; ++i) {
            PyObject* cell = get_or_none(how, cells, batch.child_row(i));
            if (cell == nullptr) throw py::error_already_set();
            PyTuple_SET_ITEM(
                PyList_GET_ITEM(rows.ptr(), i - from), static_cast<Py_ssize_t>(c), cell
            );
        }
    }
    return rows;
}

py::list row_reader::dicts(const arrow::array_view& batch, std::int64_t from, std::int64_t to)
    const {
    std::vector<py::str> names;
    std::set<std::string> seen;
    for (const arrow::field& f : shape_.type.children()) {
        if (!seen.insert(f.name).second) {
            throw py::value_error(
                "two columns are named '" + f.name +
                "': give one another name with AS, or use rows()"
            );
        }
        names.emplace_back(f.name);
    }
    py::list rows(static_cast<std::size_t>(to - from));
    for (std::int64_t i = from; i < to; ++i) {
        py::dict row;
        for (std::size_t c = 0; c < columns_.size(); ++c) {
            const auto cell = py::reinterpret_steal<py::object>(
                get_or_none(*columns_[c], batch.child(c), batch.child_row(i))
            );
            if (!cell || PyDict_SetItem(row.ptr(), names[c].ptr(), cell.ptr()) != 0)
                throw py::error_already_set();
        }
        PyList_SET_ITEM(rows.ptr(), i - from, row.release().ptr());
    }
    return rows;
}

}  // namespace qry::python
