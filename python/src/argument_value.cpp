#include "argument_value.hpp"

#include <qry/arrow.h>
#include <qry/kit/arrow/binary_builder.hpp>
#include <qry/kit/arrow/decimal.hpp>
#include <qry/kit/arrow/fixed_builder.hpp>
#include <qry/kit/arrow/nested_builder.hpp>

#include <algorithm>
#include <string_view>
#include <utility>

#include "checked.hpp"
#include "decoder.hpp"
#include "errors.hpp"

namespace py = pybind11;

namespace qry::python {

namespace {

using arrow::data_type;
using arrow::field;
using arrow::type_id;

bool is_instance(py::handle value, const char* module, const char* name) {
    PyObject* type = class_of(module, name);
    const int is = type == nullptr ? -1 : PyObject_IsInstance(value.ptr(), type);
    if (is < 0) throw py::error_already_set();
    return is == 1;
}

std::string text_of(py::handle value) {
    return py::str(value).cast<std::string>();
}

field tagged(data_type type, const char* logical) {
    return {.name = {}, .type = std::move(type), .metadata = {{QRY_META_LOGICAL, logical}}};
}

// Digits before and after the point of a finite decimal.
struct extent {
    int whole = 0;
    int scale = 0;
};

field decimal_field(extent e, const std::string& where) {
    const int precision = std::max(e.whole + e.scale, 1);
    if (precision <= arrow::max_precision128)
        return {.name = {}, .type = data_type::decimal128(precision, e.scale)};
    if (precision <= arrow::max_precision256)
        return {.name = {}, .type = data_type::decimal256(precision, e.scale)};
    throw invalid_argument(
        where,
        where + " has " + std::to_string(precision) + " digits; a decimal holds 76",
        "pass it as str and cast it in the statement"
    );
}

// 18446744073709551616 is 20 digits and no scale.
field big_integer_field(py::handle value, const std::string& where) {
    // Text first: Python refuses to print integers of more than 4,300 digits.
    const py::object bits = value.attr("bit_length")();
    constexpr int most_bits = 252;
    if (bits.cast<py::ssize_t>() > most_bits) {
        throw invalid_argument(
            where, where + " is an integer of more than 76 digits", "pass it as str"
        );
    }
    std::string digits = text_of(value);
    if (digits.front() == '-') digits.erase(0, 1);
    return decimal_field({static_cast<int>(digits.size()), 0}, where);
}

field decimal_value_field(py::handle value, const std::string& where) {
    if (!value.attr("is_finite")().cast<bool>()) return tagged(type_id::utf8, "decimal");
    const py::tuple parts = value.attr("as_tuple")();
    const auto digits = py::len(parts[1]);
    const auto exponent = parts[2].cast<py::ssize_t>();
    constexpr py::ssize_t far = 1000;
    if (exponent > far || exponent < -far) {
        throw invalid_argument(
            where,
            where + " has the exponent " + std::to_string(exponent) + "; a decimal holds 76 digits",
            "pass it as str and cast it in the statement"
        );
    }
    const int scale = static_cast<int>(std::max<py::ssize_t>(-exponent, 0));
    const int whole =
        static_cast<int>(std::max<py::ssize_t>(static_cast<py::ssize_t>(digits) + exponent, 0));
    return decimal_field({whole, scale}, where);
}

field list_field(py::handle value, const std::string& where) {
    std::optional<field> item;
    std::size_t position = 0;
    for (const py::handle element : py::reinterpret_borrow<py::sequence>(value)) {
        const std::string inner = where + "[" + std::to_string(position++) + "]";
        std::optional<field> one = type_of_argument(element, inner);
        if (!one) continue;
        item = item ? common_type(*item, *one, inner) : std::move(*one);
    }
    if (!item) item = field{.name = {}, .type = type_id::utf8};
    item->name = "item";
    return {.name = {}, .type = data_type::list(std::move(*item))};
}

template <class T>
void put(arrow::column_builder& to, T value) {
    static_cast<arrow::fixed_builder<T>&>(to).append(value);
}

void put_text(arrow::column_builder& to, std::string_view value) {
    static_cast<arrow::binary_builder&>(to).append(value);
}

// Integers, Decimals, and integers among Decimals.
template <class T>
void put_decimal(arrow::column_builder& to, py::handle value, const std::string& where) {
    T parsed{};
    const std::string digits = text_of(value);
    if (arrow::parse_decimal(digits, to.type().precision(), to.type().scale(), parsed) !=
        arrow::decimal_fit::exact)
        throw py::value_error(where + ": " + digits + " does not fit " + to.type().name());
    put<T>(to, parsed);
}

void put_bytes(arrow::column_builder& to, py::handle value) {
    Py_buffer view;
    if (PyObject_GetBuffer(value.ptr(), &view, PyBUF_SIMPLE) != 0) throw py::error_already_set();
    try {
        put_text(to, {static_cast<const char*>(view.buf), static_cast<std::size_t>(view.len)});
    } catch (...) {
        PyBuffer_Release(&view);
        throw;
    }
    PyBuffer_Release(&view);
}

void put_utf8(arrow::column_builder& to, py::handle value, const std::string& where) {
    if (!PyUnicode_Check(value.ptr())) {
        // UUID, Decimal('NaN'), a time with a zone.
        put_text(to, text_of(value));
        return;
    }
    put_text(to, utf8_view(value, where));
}

void put_list(arrow::column_builder& to, py::handle value, const std::string& where) {
    auto& list = static_cast<arrow::list_builder&>(to);
    list.append();
    std::size_t position = 0;
    for (const py::handle element : py::reinterpret_borrow<py::sequence>(value)) {
        append_argument(list.items(), element, where + "[" + std::to_string(position++) + "]");
    }
}

void put_interval(arrow::column_builder& to, py::handle value) {
    put(to,
        arrow::month_day_nano{
            value.attr("months").cast<std::int32_t>(),
            value.attr("days").cast<std::int32_t>(),
            value.attr("nanoseconds").cast<std::int64_t>()});
}

bool is_decimal(const data_type& t) {
    return t.id() == type_id::decimal128 || t.id() == type_id::decimal256;
}

extent extent_of(const data_type& t) {
    if (is_decimal(t)) return {t.precision() - t.scale(), t.scale()};
    // An int64.
    return {19, 0};
}

}  // namespace

std::optional<field> type_of_argument(py::handle value, const std::string& where) {
    PyObject* v = value.ptr();
    if (v == Py_None) return std::nullopt;
    const auto of = [](data_type t) { return field{.name = {}, .type = std::move(t)}; };
    if (PyBool_Check(v)) return of(type_id::boolean);
    if (PyLong_Check(v)) {
        int overflow = 0;
        (void)PyLong_AsLongLongAndOverflow(v, &overflow);
        return overflow == 0 ? of(type_id::int64) : big_integer_field(value, where);
    }
    if (PyFloat_Check(v)) return of(type_id::float64);
    if (PyUnicode_Check(v)) return of(type_id::utf8);
    if (PyBytes_Check(v) || PyByteArray_Check(v) || PyMemoryView_Check(v))
        return of(type_id::binary);
    if (auto time = type_of_time(value)) return of(std::move(*time));
    if (is_instance(value, "qry_host._models", "Interval"))
        return of(type_id::interval_month_day_nano);
    if (PyList_Check(v) || PyTuple_Check(v)) return list_field(value, where);
    if (is_instance(value, "decimal", "Decimal")) return decimal_value_field(value, where);
    if (is_instance(value, "uuid", "UUID")) return tagged(type_id::utf8, "uuid");
    std::string message = where + ": a value of type '" + Py_TYPE(v)->tp_name + "' cannot be bound";
    if (PyDict_Check(v)) message += "; pass json.dumps(value) for a JSON column";
    throw py::type_error(message);
}

field common_type(const field& a, const field& b, const std::string& where) {
    if (a.type == b.type) return a;
    const auto exact = [](const data_type& t) { return is_decimal(t) || t.id() == type_id::int64; };
    if (exact(a.type) && exact(b.type)) {
        const extent x = extent_of(a.type);
        const extent y = extent_of(b.type);
        return decimal_field({std::max(x.whole, y.whole), std::max(x.scale, y.scale)}, where);
    }
    throw py::type_error(
        where + ": a list holds values of one type, and this one is " + b.type.name() + " after " +
        a.type.name()
    );
}

void append_argument(arrow::column_builder& to, py::handle value, const std::string& where) {
    if (value.is_none()) return to.append_null();
    switch (to.type().id()) {
        case type_id::boolean:
            return static_cast<arrow::bool_builder&>(to).append(value.ptr() == Py_True);
        case type_id::int64:
            return put<std::int64_t>(to, PyLong_AsLongLong(value.ptr()));
        case type_id::float64:
            return put<double>(to, PyFloat_AS_DOUBLE(value.ptr()));
        case type_id::decimal128:
            return put_decimal<arrow::int128>(to, value, where);
        case type_id::decimal256:
            return put_decimal<arrow::int256>(to, value, where);
        case type_id::utf8:
            return put_utf8(to, value, where);
        case type_id::binary:
            return put_bytes(to, value);
        case type_id::interval_month_day_nano:
            return put_interval(to, value);
        case type_id::list:
            return put_list(to, value, where);
        default:
            return append_time_argument(to, value, where);
    }
}

}  // namespace qry::python
