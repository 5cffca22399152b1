// Values as the server prints them, for servers whose binary forms are their own; and intervals in
// a single unit.
#include <charconv>
#include <limits>
#include <stdexcept>

#include <qry/kit/arrow/binary_builder.hpp>
#include <qry/kit/arrow/decimal.hpp>
#include <qry/kit/arrow/fixed_builder.hpp>
#include <qry/kit/arrow/time.hpp>
#include <qry/kit/text/hex.hpp>

#include "bytes.hpp"
#include "decode.hpp"

namespace qry::postgresql {

namespace {

std::string_view text_of(const std::uint8_t* data, std::uint32_t size) noexcept {
    return {reinterpret_cast<const char*>(data), size};
}

class printed_decoder : public decoder {
public:
    using decoder::decoder;
    bool append(const std::uint8_t* data, std::uint32_t size) final {
        const std::string_view text = text_of(data, size);
        if (put(text)) return true;
        constexpr std::size_t shown = 60;
        return refuse(
            "the value \"" + std::string(text.substr(0, shown)) + "\" does not fit " +
                column_.type().name(),
            "Cast the column to varchar to read it as text."
        );
    }

private:
    virtual bool put(std::string_view text) = 0;
};

class printed_decimal final : public printed_decoder {
public:
    printed_decimal(arrow::column_builder& column, decode_problem& problem)
        : printed_decoder(column, problem),
          out_(static_cast<arrow::fixed_builder<arrow::int128>&>(column)) {}

private:
    bool put(std::string_view text) override {
        const arrow::data_type& type = column_.type();
        arrow::int128 value;
        if (arrow::parse_decimal(text, type.precision(), type.scale(), value) !=
            arrow::decimal_fit::exact) {
            return false;
        }
        out_.append(value);
        return true;
    }
    arrow::fixed_builder<arrow::int128>& out_;
};

class printed_float final : public printed_decoder {
public:
    printed_float(arrow::column_builder& column, decode_problem& problem)
        : printed_decoder(column, problem),
          out_(static_cast<arrow::fixed_builder<double>&>(column)) {}

private:
    bool put(std::string_view text) override {
        double value;
        const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (failure != std::errc() || end != text.data() + text.size()) return false;
        out_.append(value);
        return true;
    }
    arrow::fixed_builder<double>& out_;
};

class printed_date final : public printed_decoder {
public:
    printed_date(arrow::column_builder& column, decode_problem& problem)
        : printed_decoder(column, problem),
          out_(static_cast<arrow::fixed_builder<std::int32_t>&>(column)) {}

private:
    bool put(std::string_view text) override {
        const auto days = arrow::parse_date(text);
        if (!days || *days < std::numeric_limits<std::int32_t>::min() ||
            *days > std::numeric_limits<std::int32_t>::max()) {
            return false;
        }
        out_.append(static_cast<std::int32_t>(*days));
        return true;
    }
    arrow::fixed_builder<std::int32_t>& out_;
};

class printed_time final : public printed_decoder {
public:
    printed_time(arrow::column_builder& column, decode_problem& problem)
        : printed_decoder(column, problem),
          out_(static_cast<arrow::fixed_builder<std::int64_t>&>(column)) {}

private:
    bool put(std::string_view text) override {
        const auto micros = arrow::parse_time(text);
        // 24:00:00 does not exist in time64.
        if (!micros || *micros >= arrow::micros_per_day) return false;
        out_.append(*micros);
        return true;
    }
    arrow::fixed_builder<std::int64_t>& out_;
};

class printed_bytes final : public printed_decoder {
public:
    printed_bytes(arrow::column_builder& column, decode_problem& problem)
        : printed_decoder(column, problem), out_(static_cast<arrow::binary_builder&>(column)) {}

private:
    bool put(std::string_view text) override {
        if (text.size() % 2 != 0) return false;
        char* out = out_.prepare(text.size() / 2);
        for (std::size_t i = 0; i < text.size(); i += 2) {
            const int high = text::hex_digit(text[i]);
            const int low = text::hex_digit(text[i + 1]);
            if (high < 0 || low < 0) return false;
            *out++ = static_cast<char>(high << 4 | low);
        }
        out_.commit(text.size() / 2);
        return true;
    }
    arrow::binary_builder& out_;
};

class short_interval_decoder : public decoder {
public:
    short_interval_decoder(arrow::column_builder& column, decode_problem& problem)
        : decoder(column, problem),
          out_(static_cast<arrow::fixed_builder<arrow::month_day_nano>&>(column)) {}

protected:
    arrow::fixed_builder<arrow::month_day_nano>& out_;
};

class months_decoder final : public short_interval_decoder {
public:
    using short_interval_decoder::short_interval_decoder;
    bool append(const std::uint8_t* data, std::uint32_t size) override {
        if (size != 4) return malformed("interval year to month", size);
        out_.append({.months = load<std::int32_t>(data)});
        return true;
    }
};

class microseconds_decoder final : public short_interval_decoder {
public:
    using short_interval_decoder::short_interval_decoder;
    bool append(const std::uint8_t* data, std::uint32_t size) override {
        if (size != 8) return malformed("interval day to second", size);
        const auto micros = load<std::int64_t>(data);
        arrow::month_day_nano value{
            .days = static_cast<std::int32_t>(micros / arrow::micros_per_day)};
        // Less than a day of nanoseconds.
        value.nanoseconds = micros % arrow::micros_per_day * 1'000;
        out_.append(value);
        return true;
    }
};

}  // namespace

std::unique_ptr<decoder> make_printed_decoder(
    const value_plan& plan, arrow::column_builder& column, decode_problem& problem
) {
    switch (plan.form) {
        case value_form::interval_months:
            return std::make_unique<months_decoder>(column, problem);
        case value_form::interval_micros:
            return std::make_unique<microseconds_decoder>(column, problem);
        case value_form::printed:
            break;
        default:
            return nullptr;
    }
    switch (plan.type.id()) {
        case arrow::type_id::decimal128:
            return std::make_unique<printed_decimal>(column, problem);
        case arrow::type_id::float64:
            return std::make_unique<printed_float>(column, problem);
        case arrow::type_id::date32:
            return std::make_unique<printed_date>(column, problem);
        case arrow::type_id::time64:
            return std::make_unique<printed_time>(column, problem);
        case arrow::type_id::binary:
            return std::make_unique<printed_bytes>(column, problem);
        default:
            throw std::logic_error("a printed value of a type that none is read into");
    }
}

}  // namespace qry::postgresql
