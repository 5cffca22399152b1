#include <Python.h>
#include <datetime.h>

#include <qry/kit/arrow/fixed_builder.hpp>
#include <qry/kit/arrow/time.hpp>

#include "argument_value.hpp"

namespace py = pybind11;

namespace qry::python {

namespace {

using arrow::data_type;
using arrow::time_unit;
using arrow::type_id;

std::int64_t micros_of_delta(PyObject* delta) {
    const std::int64_t days = PyDateTime_DELTA_GET_DAYS(delta);
    const std::int64_t seconds = PyDateTime_DELTA_GET_SECONDS(delta);
    const std::int64_t micros = PyDateTime_DELTA_GET_MICROSECONDS(delta);
    return (days * arrow::seconds_per_day + seconds) * arrow::micros_per_second + micros;
}

std::int64_t micros_of_clock(int hour, int minute, int second, int micros) {
    return ((std::int64_t{hour} * 60 + minute) * 60 + second) * arrow::micros_per_second + micros;
}

std::int64_t days_of_date(PyObject* d) {
    return arrow::days_from_civil(
        {PyDateTime_GET_YEAR(d), PyDateTime_GET_MONTH(d), PyDateTime_GET_DAY(d)}
    );
}

bool has_zone(py::handle value) {
    return !value.attr("utcoffset")().is_none();
}

std::int64_t micros_of_datetime(py::handle value) {
    PyObject* d = value.ptr();
    std::int64_t micros =
        days_of_date(d) * arrow::micros_per_day + micros_of_clock(
                                                      PyDateTime_DATE_GET_HOUR(d),
                                                      PyDateTime_DATE_GET_MINUTE(d),
                                                      PyDateTime_DATE_GET_SECOND(d),
                                                      PyDateTime_DATE_GET_MICROSECOND(d)
                                                  );
    const py::object offset = value.attr("utcoffset")();
    if (!offset.is_none()) micros -= micros_of_delta(offset.ptr());
    return micros;
}

bool datetime_ready() {
    if (PyDateTimeAPI == nullptr) PyDateTime_IMPORT;
    if (PyDateTimeAPI == nullptr) throw py::error_already_set();
    return true;
}

template <class T>
void put(arrow::column_builder& to, T value) {
    static_cast<arrow::fixed_builder<T>&>(to).append(value);
}

}  // namespace

std::optional<data_type> type_of_time(py::handle value) {
    datetime_ready();
    PyObject* v = value.ptr();
    // A datetime is a date too: asked first.
    if (PyDateTime_Check(v))
        return data_type::timestamp(time_unit::micro, has_zone(value) ? "UTC" : "");
    if (PyDate_Check(v)) return data_type(type_id::date32);
    if (PyTime_Check(v)) {
        if (!value.attr("tzinfo").is_none()) return data_type(type_id::utf8);
        return data_type::time64(time_unit::micro);
    }
    if (PyDelta_Check(v)) return data_type::duration(time_unit::micro);
    return std::nullopt;
}

void append_time_argument(arrow::column_builder& to, py::handle value, const std::string& where) {
    datetime_ready();
    PyObject* v = value.ptr();
    switch (to.type().id()) {
        case type_id::date32:
            return put(to, static_cast<std::int32_t>(days_of_date(v)));
        case type_id::time64:
            return put(
                to,
                micros_of_clock(
                    PyDateTime_TIME_GET_HOUR(v),
                    PyDateTime_TIME_GET_MINUTE(v),
                    PyDateTime_TIME_GET_SECOND(v),
                    PyDateTime_TIME_GET_MICROSECOND(v)
                )
            );
        case type_id::timestamp:
            return put(to, micros_of_datetime(value));
        case type_id::duration: {
            // Python's timedelta reaches a thousand times further than 64 bits of microseconds.
            constexpr int most_days = 106'000'000;
            const int days = PyDateTime_DELTA_GET_DAYS(v);
            if (days > most_days || days < -most_days)
                throw py::value_error(where + ": the timedelta is longer than 290,000 years");
            return put(to, micros_of_delta(v));
        }
        default:
            throw py::type_error(where + ": not a date or time");
    }
}

}  // namespace qry::python
