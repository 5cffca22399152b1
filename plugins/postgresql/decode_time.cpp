// Dates, times, timestamps and intervals. The server counts from 2000-01-01, Arrow from 1970-01-01.
#include <cstdio>
#include <limits>

#include <qry/kit/arrow/binary_builder.hpp>
#include <qry/kit/arrow/fixed_builder.hpp>
#include <qry/kit/arrow/time.hpp>

#include "bytes.hpp"
#include "decode.hpp"

namespace qry::postgresql {

namespace {

constexpr std::int32_t epoch_days = 10'957;
constexpr std::int64_t epoch_micros = std::int64_t{epoch_days} * arrow::micros_per_day;

constexpr std::string_view infinity_hint =
    "Cast the column to text, filter with isfinite(column), or set infinity=null.";

class date_decoder final : public decoder {
public:
    date_decoder(const value_plan& plan, arrow::column_builder& column, decode_problem& problem)
        : decoder(column, problem),
          out_(static_cast<arrow::fixed_builder<std::int32_t>&>(column)),
          infinity_(plan.infinity) {}
    bool append(const std::uint8_t* data, std::uint32_t size) override {
        if (size != 4) [[unlikely]]
            return malformed("date", size);
        const auto days = load<std::int32_t>(data);
        if (days == std::numeric_limits<std::int32_t>::max() ||
            days == std::numeric_limits<std::int32_t>::min()) [[unlikely]] {
            if (infinity_ == infinity_mode::null) return append_null(), true;
            return refuse(
                std::string("the date ") + (days > 0 ? "infinity" : "-infinity") +
                    " does not exist in date32",
                std::string(infinity_hint)
            );
        }
        std::int32_t since_1970;
        if (__builtin_add_overflow(days, epoch_days, &since_1970)) return malformed("date", size);
        out_.append(since_1970);
        return true;
    }

private:
    arrow::fixed_builder<std::int32_t>& out_;
    const infinity_mode infinity_;
};

class time_decoder final : public decoder {
public:
    time_decoder(arrow::column_builder& column, decode_problem& problem)
        : decoder(column, problem),
          out_(static_cast<arrow::fixed_builder<std::int64_t>&>(column)) {}
    bool append(const std::uint8_t* data, std::uint32_t size) override {
        if (size != 8) [[unlikely]]
            return malformed("time", size);
        const auto micros = load<std::int64_t>(data);
        if (micros == arrow::micros_per_day) [[unlikely]] {
            return refuse(
                "the time 24:00:00 does not exist in time64[us]",
                "Cast the column to text or to interval."
            );
        }
        if (micros < 0 || micros > arrow::micros_per_day) [[unlikely]]
            return malformed("time", size);
        out_.append(micros);
        return true;
    }

private:
    arrow::fixed_builder<std::int64_t>& out_;
};

class timestamp_decoder final : public decoder {
public:
    timestamp_decoder(
        const value_plan& plan, arrow::column_builder& column, decode_problem& problem
    )
        : decoder(column, problem),
          out_(static_cast<arrow::fixed_builder<std::int64_t>&>(column)),
          infinity_(plan.infinity) {}
    bool append(const std::uint8_t* data, std::uint32_t size) override {
        if (size != 8) [[unlikely]]
            return malformed("timestamp", size);
        const auto micros = load<std::int64_t>(data);
        if (micros == std::numeric_limits<std::int64_t>::max() ||
            micros == std::numeric_limits<std::int64_t>::min()) [[unlikely]] {
            if (infinity_ == infinity_mode::null) return append_null(), true;
            return refuse(
                std::string("the timestamp ") + (micros > 0 ? "infinity" : "-infinity") +
                    " does not exist in " + column_.type().name(),
                std::string(infinity_hint)
            );
        }
        std::int64_t since_1970;
        // The server's calendar ends at the end of 294276, Arrow's microseconds in January 294247.
        if (__builtin_add_overflow(micros, epoch_micros, &since_1970)) [[unlikely]] {
            return refuse(
                "a timestamp after the year 294246 does not exist in " + column_.type().name(),
                "Cast the column to text."
            );
        }
        out_.append(since_1970);
        return true;
    }

private:
    arrow::fixed_builder<std::int64_t>& out_;
    const infinity_mode infinity_;
};

class interval_decoder final : public decoder {
public:
    interval_decoder(const value_plan& plan, arrow::column_builder& column, decode_problem& problem)
        : decoder(column, problem),
          out_(static_cast<arrow::fixed_builder<arrow::month_day_nano>&>(column)),
          infinity_(plan.infinity) {}
    bool append(const std::uint8_t* data, std::uint32_t size) override {
        if (size != 16) [[unlikely]]
            return malformed("interval", size);
        const auto micros = load<std::int64_t>(data);
        const auto days = load<std::int32_t>(data + 8);
        const auto months = load<std::int32_t>(data + 12);
        // Since version 17; all three at their limit.
        constexpr auto low = std::numeric_limits<std::int64_t>::min();
        constexpr auto high = std::numeric_limits<std::int64_t>::max();
        using small = std::numeric_limits<std::int32_t>;
        if ((micros == high && days == small::max() && months == small::max()) ||
            (micros == low && days == small::min() && months == small::min())) [[unlikely]] {
            if (infinity_ == infinity_mode::null) return append_null(), true;
            return refuse(
                std::string("the interval ") + (micros > 0 ? "infinity" : "-infinity") +
                    " does not exist in Arrow",
                std::string(infinity_hint)
            );
        }
        arrow::month_day_nano value{.months = months, .days = days};
        if (__builtin_mul_overflow(micros, std::int64_t{1000}, &value.nanoseconds)) {
            return refuse(
                "an interval's time of " + std::to_string(micros) +
                    " microseconds is longer than the 292 years that Arrow's nanoseconds hold",
                "Cast the column to text, or use justify_hours(column)."
            );
        }
        out_.append(value);
        return true;
    }

private:
    arrow::fixed_builder<arrow::month_day_nano>& out_;
    const infinity_mode infinity_;
};

// "12:34:56.5+02", "00:00:00-03:30": no Arrow type has a time with its own offset.
class time_tz_decoder final : public decoder {
public:
    time_tz_decoder(arrow::column_builder& column, decode_problem& problem)
        : decoder(column, problem), out_(static_cast<arrow::binary_builder&>(column)) {}
    bool append(const std::uint8_t* data, std::uint32_t size) override {
        if (size != 12) [[unlikely]]
            return malformed("time with time zone", size);
        const auto micros = load<std::int64_t>(data);
        // Seconds west of UTC.
        const auto west = load<std::int32_t>(data + 8);
        if (micros < 0 || micros > arrow::micros_per_day || west < -86'400 || west > 86'400) {
            return malformed("time with time zone", size);
        }
        char* out = out_.prepare(40);
        out_.commit(write(out, micros, -west));
        return true;
    }

private:
    static std::size_t write(char* out, std::int64_t micros, std::int32_t east) {
        const auto seconds = static_cast<int>(micros / arrow::micros_per_second);
        const auto fraction = static_cast<int>(micros % arrow::micros_per_second);
        int n = std::snprintf(
            out, 16, "%02d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60
        );
        if (fraction != 0) {
            n += std::snprintf(out + n, 16, ".%06d", fraction);
            while (out[n - 1] == '0')
                --n;
        }
        const char sign = east < 0 ? '-' : '+';
        const int offset = east < 0 ? -east : east;
        n += std::snprintf(out + n, 8, "%c%02d", sign, offset / 3600);
        if (offset % 3600 != 0) n += std::snprintf(out + n, 8, ":%02d", offset / 60 % 60);
        if (offset % 60 != 0) n += std::snprintf(out + n, 8, ":%02d", offset % 60);
        return static_cast<std::size_t>(n);
    }

    arrow::binary_builder& out_;
};

}  // namespace

std::unique_ptr<decoder> make_time_decoder(
    const value_plan& plan, arrow::column_builder& column, decode_problem& problem
) {
    switch (plan.form) {
        case value_form::date:
            return std::make_unique<date_decoder>(plan, column, problem);
        case value_form::time:
            return std::make_unique<time_decoder>(column, problem);
        case value_form::time_tz:
            return std::make_unique<time_tz_decoder>(column, problem);
        case value_form::timestamp:
            return std::make_unique<timestamp_decoder>(plan, column, problem);
        case value_form::interval:
            return std::make_unique<interval_decoder>(plan, column, problem);
        default:
            return nullptr;
    }
}

}  // namespace qry::postgresql
