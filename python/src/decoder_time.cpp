// Dates, times, timestamps, durations and intervals. Nothing is rounded and nothing is moved to
// the nearest value that Python has: what does not fit is an error that says so.
#include <Python.h>
#include <datetime.h>

#include <qry/kit/arrow/time.hpp>

#include <utility>

#include "decoder.hpp"
#include "errors.hpp"

namespace qry::python {

namespace {

using arrow::array_view;
using arrow::time_unit;
using arrow::type_id;

constexpr const char* cast_hint = "cast it to text in the statement, or read the result as Arrow";
constexpr const char* years = "is outside of the years 1 to 9999 that Python's datetime has";
constexpr const char* nanoseconds = "has nanoseconds, which Python's datetime has not";

bool datetime_ready() {
    if (PyDateTimeAPI == nullptr) PyDateTime_IMPORT;
    return PyDateTimeAPI != nullptr;
}

std::int64_t floor_div(std::int64_t a, std::int64_t b) {
    return a / b - (a % b < 0 ? 1 : 0);
}

// Seconds and microseconds of a count of units; false when nanoseconds would be lost.
struct moment {
    std::int64_t seconds = 0;
    std::int64_t micros = 0;
};
bool split(std::int64_t value, time_unit unit, moment& out) {
    const std::int64_t per_second = arrow::units_per_second(unit);
    out.seconds = floor_div(value, per_second);
    const std::int64_t rest = value - out.seconds * per_second;
    if (unit == time_unit::nano) {
        out.micros = rest / 1000;
        return rest % 1000 == 0;
    }
    out.micros = rest * (arrow::micros_per_second / per_second);
    return true;
}

struct clock {
    int hour = 0;
    int minute = 0;
    int second = 0;
};
clock clock_of(std::int64_t second_of_day) {
    return {
        static_cast<int>(second_of_day / 3600),
        static_cast<int>(second_of_day / 60 % 60),
        static_cast<int>(second_of_day % 60)};
}

bool python_year(std::int64_t year) {
    return year >= 1 && year <= 9999;
}

class time_base : public decoder {
public:
    explicit time_base(std::string column) : column_(std::move(column)) {}

protected:
    PyObject* refuse(std::string_view value, const char* problem) const {
        return refuse_value(column_, value, problem, cast_hint);
    }
    std::string column_;
};

class date_decoder final : public time_base {
public:
    using time_base::time_base;
    PyObject* get(const array_view& cells, std::int64_t row) const override {
        constexpr std::int64_t ms_per_day = arrow::seconds_per_day * 1000;
        const std::int64_t raw = cells.integer(row);
        const std::int64_t days =
            cells.type().id() == type_id::date64 ? floor_div(raw, ms_per_day) : raw;
        const arrow::civil_date d = arrow::civil_from_days(days);
        if (!python_year(d.year)) {
            std::string shown;
            arrow::append_date(shown, days);
            return refuse(shown, years);
        }
        return PyDate_FromDate(static_cast<int>(d.year), d.month, d.day);
    }
};

class time_decoder final : public time_base {
public:
    using time_base::time_base;
    PyObject* get(const array_view& cells, std::int64_t row) const override {
        const std::int64_t raw = cells.integer(row);
        const time_unit unit = cells.type().unit();
        moment m;
        const bool exact = split(raw, unit, m);
        std::string shown;
        if (!exact) {
            arrow::append_time(shown, raw, unit);
            return refuse(shown, nanoseconds);
        }
        if (m.seconds < 0 || m.seconds >= arrow::seconds_per_day) {
            // 24:00:00 is a time in SQL.
            arrow::append_time(shown, raw, unit);
            return refuse(shown, "is not a time of day in Python");
        }
        const clock c = clock_of(m.seconds);
        return PyTime_FromTime(c.hour, c.minute, c.second, static_cast<int>(m.micros));
    }
};

class timestamp_decoder final : public time_base {
public:
    using time_base::time_base;
    PyObject* get(const array_view& cells, std::int64_t row) const override {
        const auto raw = cells.value<std::int64_t>(row);
        const time_unit unit = cells.type().unit();
        moment m;
        const bool exact = split(raw, unit, m);
        const std::int64_t days = floor_div(m.seconds, arrow::seconds_per_day);
        const arrow::civil_date d = arrow::civil_from_days(days);
        if (!exact || !python_year(d.year)) {
            std::string shown;
            arrow::append_timestamp(shown, raw, unit);
            return refuse(shown, exact ? years : nanoseconds);
        }
        const clock c = clock_of(m.seconds - days * arrow::seconds_per_day);
        return PyDateTimeAPI->DateTime_FromDateAndTime(
            static_cast<int>(d.year),
            d.month,
            d.day,
            c.hour,
            c.minute,
            c.second,
            static_cast<int>(m.micros),
            cells.type().zone().empty() ? Py_None : PyDateTime_TimeZone_UTC,
            PyDateTimeAPI->DateTimeType
        );
    }
};

class duration_decoder final : public time_base {
public:
    using time_base::time_base;
    PyObject* get(const array_view& cells, std::int64_t row) const override {
        const auto raw = cells.value<std::int64_t>(row);
        moment m;
        const bool exact = split(raw, cells.type().unit(), m);
        const std::int64_t days = floor_div(m.seconds, arrow::seconds_per_day);
        constexpr std::int64_t most_days = 999'999'999;
        if (!exact || days > most_days || days < -most_days) {
            std::string shown;
            arrow::append_duration(shown, raw, cells.type().unit());
            return refuse(shown, exact ? "does not fit a timedelta" : nanoseconds);
        }
        return PyDelta_FromDSU(
            static_cast<int>(days),
            static_cast<int>(m.seconds - days * arrow::seconds_per_day),
            static_cast<int>(m.micros)
        );
    }
};

class interval_decoder final : public time_base {
public:
    using time_base::time_base;
    PyObject* get(const array_view& cells, std::int64_t row) const override {
        PyObject* type = class_of("qry_host._models", "Interval");
        if (type == nullptr) return nullptr;
        arrow::month_day_nano v;
        switch (cells.type().id()) {
            case type_id::interval_months:
                v.months = cells.value<std::int32_t>(row);
                break;
            case type_id::interval_day_time: {
                struct day_time {
                    std::int32_t days;
                    std::int32_t milliseconds;
                };
                const auto d = cells.value<day_time>(row);
                v.days = d.days;
                v.nanoseconds = std::int64_t{d.milliseconds} * 1'000'000;
                break;
            }
            default:
                v = cells.value<arrow::month_day_nano>(row);
        }
        return PyObject_CallFunction(
            type, "iiL", v.months, v.days, static_cast<long long>(v.nanoseconds)
        );
    }
};

// "13:05:00.5+02": only Python's own parser knows all that a server writes.
class zoned_time_decoder final : public time_base {
public:
    using time_base::time_base;
    PyObject* get(const array_view& cells, std::int64_t row) const override {
        const std::string_view s = cells.bytes(row);
        PyObject* text = PyUnicode_DecodeUTF8(s.data(), static_cast<Py_ssize_t>(s.size()), nullptr);
        if (text == nullptr) return nullptr;
        PyObject* made = PyObject_CallMethod(
            reinterpret_cast<PyObject*>(PyDateTimeAPI->TimeType), "fromisoformat", "O", text
        );
        Py_DECREF(text);
        if (made != nullptr) return made;
        PyErr_Clear();
        return refuse(s, "is not a time of day in Python");
    }
};

}  // namespace

decoder_ptr make_time_decoder(const arrow::field& which, const std::string& column) {
    if (!datetime_ready()) throw pybind11::error_already_set();
    switch (which.type.id()) {
        case type_id::date32:
        case type_id::date64:
            return std::make_unique<date_decoder>(column);
        case type_id::time32:
        case type_id::time64:
            return std::make_unique<time_decoder>(column);
        case type_id::timestamp:
            return std::make_unique<timestamp_decoder>(column);
        case type_id::duration:
            return std::make_unique<duration_decoder>(column);
        case type_id::interval_months:
        case type_id::interval_day_time:
        case type_id::interval_month_day_nano:
            return std::make_unique<interval_decoder>(column);
        default:
            return std::make_unique<zoned_time_decoder>(column);
    }
}

}  // namespace qry::python
