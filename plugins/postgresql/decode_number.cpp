#include <qry/kit/arrow/binary_builder.hpp>
#include <qry/kit/arrow/fixed_builder.hpp>

#include "bytes.hpp"
#include "decode.hpp"
#include "numeric.hpp"

namespace qry::postgresql {

namespace {

template <class T>
class fixed_decoder final : public decoder {
public:
    fixed_decoder(arrow::column_builder& column, decode_problem& problem)
        : decoder(column, problem), out_(static_cast<arrow::fixed_builder<T>&>(column)) {}
    bool append(const std::uint8_t* data, std::uint32_t size) override {
        if (size != sizeof(T)) [[unlikely]]
            return malformed("number", size);
        out_.append(load<T>(data));
        return true;
    }

private:
    arrow::fixed_builder<T>& out_;
};

class bool_decoder final : public decoder {
public:
    bool_decoder(arrow::column_builder& column, decode_problem& problem)
        : decoder(column, problem), out_(static_cast<arrow::bool_builder&>(column)) {}
    bool append(const std::uint8_t* data, std::uint32_t size) override {
        if (size != 1) [[unlikely]]
            return malformed("boolean", size);
        out_.append(*data != 0);
        return true;
    }

private:
    arrow::bool_builder& out_;
};

std::string shown(const numeric_value& n) {
    std::string text(text_bound(n), '\0');
    text.resize(write_text(n, text.data()));
    if (text.size() > 100) text = text.substr(0, 97) + "...";
    return text;
}

template <class T>
class decimal_decoder final : public decoder {
public:
    decimal_decoder(const value_plan& plan, arrow::column_builder& column, decode_problem& problem)
        : decoder(column, problem),
          out_(static_cast<arrow::fixed_builder<T>&>(column)),
          precision_(plan.type.precision()),
          scale_(plan.type.scale()) {}
    bool append(const std::uint8_t* data, std::uint32_t size) override {
        const auto n = read_numeric({data, size});
        if (!n) [[unlikely]]
            return malformed("numeric", size);
        T value;
        const numeric_fit fit = to_decimal(*n, precision_, scale_, value);
        if (fit != numeric_fit::exact) [[unlikely]]
            return misfit(*n, fit);
        out_.append(value);
        return true;
    }

private:
    bool misfit(const numeric_value& n, numeric_fit fit) {
        const std::string type = column_.type().name();
        if (fit == numeric_fit::not_finite) {
            return refuse(
                "the value " + shown(n) + " does not exist in " + type,
                "Cast the column: column::text keeps it, column::float8 makes it a double; or "
                "filter with column <> 'NaN'."
            );
        }
        return refuse(
            "the value " + shown(n) + " does not fit " + type +
                (fit == numeric_fit::too_large ? " (too many digits before the point)"
                                               : " (more digits after the point than the scale)"),
            "Choose numeric=decimal(p,s) with more digits, or numeric=text, or round() in the "
            "query."
        );
    }

    arrow::fixed_builder<T>& out_;
    const int precision_;
    const int scale_;
};

class numeric_text_decoder final : public decoder {
public:
    numeric_text_decoder(arrow::column_builder& column, decode_problem& problem)
        : decoder(column, problem), out_(static_cast<arrow::binary_builder&>(column)) {}
    bool append(const std::uint8_t* data, std::uint32_t size) override {
        const auto n = read_numeric({data, size});
        if (!n) [[unlikely]]
            return malformed("numeric", size);
        out_.commit(write_text(*n, out_.prepare(text_bound(*n))));
        return true;
    }

private:
    arrow::binary_builder& out_;
};

class numeric_double_decoder final : public decoder {
public:
    numeric_double_decoder(arrow::column_builder& column, decode_problem& problem)
        : decoder(column, problem), out_(static_cast<arrow::fixed_builder<double>&>(column)) {}
    bool append(const std::uint8_t* data, std::uint32_t size) override {
        const auto n = read_numeric({data, size});
        if (!n) [[unlikely]]
            return malformed("numeric", size);
        out_.append(to_double(*n));
        return true;
    }

private:
    arrow::fixed_builder<double>& out_;
};

}  // namespace

std::unique_ptr<decoder> make_number_decoder(
    const value_plan& plan, arrow::column_builder& column, decode_problem& problem
) {
    switch (plan.form) {
        case value_form::boolean:
            return std::make_unique<bool_decoder>(column, problem);
        case value_form::int16:
            return std::make_unique<fixed_decoder<std::int16_t>>(column, problem);
        case value_form::int32:
            return std::make_unique<fixed_decoder<std::int32_t>>(column, problem);
        case value_form::int64:
            return std::make_unique<fixed_decoder<std::int64_t>>(column, problem);
        case value_form::uint32:
            return std::make_unique<fixed_decoder<std::uint32_t>>(column, problem);
        case value_form::uint64:
            return std::make_unique<fixed_decoder<std::uint64_t>>(column, problem);
        case value_form::float32:
            return std::make_unique<fixed_decoder<float>>(column, problem);
        case value_form::float64:
            return std::make_unique<fixed_decoder<double>>(column, problem);
        case value_form::numeric:
            break;
        default:
            return nullptr;
    }
    switch (plan.type.id()) {
        case arrow::type_id::decimal128:
            return std::make_unique<decimal_decoder<arrow::int128>>(plan, column, problem);
        case arrow::type_id::decimal256:
            return std::make_unique<decimal_decoder<arrow::int256>>(plan, column, problem);
        case arrow::type_id::float64:
            return std::make_unique<numeric_double_decoder>(column, problem);
        default:
            return std::make_unique<numeric_text_decoder>(column, problem);
    }
}

}  // namespace qry::postgresql
