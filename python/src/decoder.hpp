// How one column becomes Python objects: chosen once per result, by type and field metadata.
//
// All functions want the GIL. They speak CPython's own API: a row of ten cells is ten calls here,
// and pybind11's casts would cost more than the cells.
#pragma once

#include <Python.h>

#include <qry/kit/arrow/array_view.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace qry::python {

class decoder {
public:
    virtual ~decoder() = default;
    // A new reference; NULL with a Python error set, which names the column. The cell is not null.
    [[nodiscard]] virtual PyObject* get(const arrow::array_view& cells, std::int64_t row) const = 0;
    // Its objects hold no others: rows made of such cells need not be watched for cycles.
    [[nodiscard]] virtual bool atomic() const noexcept { return true; }
};
using decoder_ptr = std::unique_ptr<const decoder>;

// `column` is how errors name it: "total", "address.street". Throws raised(unsupported) for a type
// without a Python counterpart.
[[nodiscard]] decoder_ptr make_decoder(const arrow::field& which, const std::string& column);

[[nodiscard]] decoder_ptr make_time_decoder(const arrow::field& which, const std::string& column);
[[nodiscard]] decoder_ptr make_nested_decoder(const arrow::field& which, const std::string& column);

// The value of a metadata key; empty = none.
[[nodiscard]] std::string_view metadata_value(const arrow::field& which, std::string_view key);

// Sets ValueError: column, value, what does not fit and what to do instead.
PyObject* refuse_value(
    const std::string& column, std::string_view value, const char* problem, const char* hint
);

// A class of a Python module, looked up once; borrowed. NULL with an error set.
PyObject* class_of(const char* module, const char* name);

inline PyObject* get_or_none(const decoder& how, const arrow::array_view& cells, std::int64_t row) {
    return cells.is_null(row) ? Py_NewRef(Py_None) : how.get(cells, row);
}

}  // namespace qry::python
