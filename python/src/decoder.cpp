#include "decoder.hpp"

#include <qry/arrow.h>
#include <qry/kit/arrow/decimal.hpp>

#include <array>
#include <concepts>
#include <map>
#include <utility>

#include "errors.hpp"

namespace qry::python {

namespace {

using arrow::array_view;
using arrow::type_id;

PyObject* text(std::string_view s) {
    return PyUnicode_FromStringAndSize(s.data(), static_cast<Py_ssize_t>(s.size()));
}

// F: PyObject*(const array_view&, row)
template <class F>
class plain final : public decoder {
public:
    explicit plain(F f) : f_(f) {}
    PyObject* get(const array_view& cells, std::int64_t row) const override {
        return f_(cells, row);
    }

private:
    F f_;
};

template <class F>
decoder_ptr make_plain(F f) {
    return std::make_unique<plain<F>>(f);
}

template <class T>
decoder_ptr make_integer() {
    return make_plain([](const array_view& cells, std::int64_t row) {
        if constexpr (std::is_unsigned_v<T>) {
            return PyLong_FromUnsignedLongLong(cells.value<T>(row));
        } else {
            return PyLong_FromLongLong(cells.value<T>(row));
        }
    });
}

PyObject* make_text(const array_view& cells, std::int64_t row) {
    return text(cells.bytes(row));
}

PyObject* make_bytes(const array_view& cells, std::int64_t row) {
    const std::string_view s = cells.bytes(row);
    return PyBytes_FromStringAndSize(s.data(), static_cast<Py_ssize_t>(s.size()));
}

// Calls a class with one text.
PyObject* construct(PyObject* type, std::string_view argument) {
    PyObject* arg = text(argument);
    if (arg == nullptr) return nullptr;
    PyObject* made = PyObject_CallOneArg(type, arg);
    Py_DECREF(arg);
    return made;
}

class decimal_decoder final : public decoder {
public:
    explicit decimal_decoder(int scale) : scale_(scale) {}
    PyObject* get(const array_view& cells, std::int64_t row) const override {
        PyObject* type = class_of("decimal", "Decimal");
        if (type == nullptr) return nullptr;
        std::string digits;
        if (cells.type().id() == type_id::decimal128) {
            arrow::append_decimal(digits, cells.value<arrow::int128>(row), scale_);
        } else {
            arrow::append_decimal(digits, cells.decimal(row), scale_);
        }
        return construct(type, digits);
    }

private:
    int scale_;
};

// Text whose meaning the driver told: decimals without declared precision, UUIDs.
class constructed_decoder final : public decoder {
public:
    constructed_decoder(const char* module, const char* name, std::string column)
        : module_(module), name_(name), column_(std::move(column)) {}
    PyObject* get(const array_view& cells, std::int64_t row) const override {
        PyObject* type = class_of(module_, name_);
        if (type == nullptr) return nullptr;
        PyObject* made = construct(type, cells.bytes(row));
        if (made != nullptr) return made;
        PyErr_Clear();
        return refuse_value(
            column_, cells.bytes(row), "is not what its type says", "read the result as Arrow"
        );
    }

private:
    const char* module_;
    const char* name_;
    std::string column_;
};

PyObject* make_binary_uuid(const array_view& cells, std::int64_t row) {
    PyObject* type = class_of("uuid", "UUID");
    PyObject* bytes = type == nullptr ? nullptr : make_bytes(cells, row);
    if (bytes == nullptr) return nullptr;
    // UUID(hex=None, bytes=…)
    PyObject* made = PyObject_CallFunctionObjArgs(type, Py_None, bytes, nullptr);
    Py_DECREF(bytes);
    return made;
}

decoder_ptr make_number_decoder(const arrow::field& which) {
    switch (which.type.id()) {
        case type_id::int8:
            return make_integer<std::int8_t>();
        case type_id::int16:
            return make_integer<std::int16_t>();
        case type_id::int32:
            return make_integer<std::int32_t>();
        case type_id::int64:
            return make_integer<std::int64_t>();
        case type_id::uint8:
            return make_integer<std::uint8_t>();
        case type_id::uint16:
            return make_integer<std::uint16_t>();
        case type_id::uint32:
            return make_integer<std::uint32_t>();
        case type_id::uint64:
            return make_integer<std::uint64_t>();
        case type_id::float16:
        case type_id::float32:
            return make_plain([](const array_view& cells, std::int64_t row) {
                return PyFloat_FromDouble(cells.floating(row));
            });
        case type_id::float64:
            return make_plain([](const array_view& cells, std::int64_t row) {
                return PyFloat_FromDouble(cells.value<double>(row));
            });
        default:
            return nullptr;
    }
}

}  // namespace

std::string_view metadata_value(const arrow::field& which, std::string_view key) {
    for (const auto& [name, value] : which.metadata) {
        if (name == key) return value;
    }
    return {};
}

PyObject* refuse_value(
    const std::string& column, std::string_view value, const char* problem, const char* hint
) {
    const std::string shown(value.substr(0, 80));
    return PyErr_Format(
        PyExc_ValueError, "column '%s': %s %s; %s", column.c_str(), shown.c_str(), problem, hint
    );
}

PyObject* class_of(const char* module, const char* name) {
    // Keyed by the literals' text; entries live as long as the process.
    static std::map<std::pair<std::string_view, std::string_view>, PyObject*> known;
    PyObject*& entry = known[{module, name}];
    if (entry == nullptr) {
        PyObject* found = PyImport_ImportModule(module);
        if (found == nullptr) return nullptr;
        entry = PyObject_GetAttrString(found, name);
        Py_DECREF(found);
    }
    return entry;
}

decoder_ptr make_decoder(const arrow::field& which, const std::string& column) {
    if (decoder_ptr number = make_number_decoder(which)) return number;
    const std::string_view logical = metadata_value(which, QRY_META_LOGICAL);
    switch (which.type.id()) {
        case type_id::null:
            return make_plain([](const array_view&, std::int64_t) { return Py_NewRef(Py_None); });
        case type_id::boolean:
            return make_plain([](const array_view& cells, std::int64_t row) {
                return Py_NewRef(cells.boolean(row) ? Py_True : Py_False);
            });
        case type_id::decimal128:
        case type_id::decimal256:
            return std::make_unique<decimal_decoder>(which.type.scale());
        case type_id::utf8:
        case type_id::large_utf8:
            if (logical == "decimal")
                return std::make_unique<constructed_decoder>("decimal", "Decimal", column);
            if (logical == "uuid")
                return std::make_unique<constructed_decoder>("uuid", "UUID", column);
            if (logical == "time_tz") return make_time_decoder(which, column);
            return make_plain(make_text);
        case type_id::fixed_size_binary:
            if (logical == "uuid" && which.type.width() == 16) return make_plain(make_binary_uuid);
            return make_plain(make_bytes);
        case type_id::binary:
        case type_id::large_binary:
            return make_plain(make_bytes);
        case type_id::list:
        case type_id::large_list:
        case type_id::structure:
        case type_id::map:
        case type_id::dictionary:
            return make_nested_decoder(which, column);
        default:
            return make_time_decoder(which, column);
    }
}

}  // namespace qry::python
