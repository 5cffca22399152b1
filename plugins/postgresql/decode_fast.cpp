#include "decode_fast.hpp"

#include <algorithm>

#include <qry/kit/arrow/decimal.hpp>
#include <qry/kit/arrow/fixed_builder.hpp>

namespace qry::postgresql {

namespace {

template <class T>
arrow::fixed_builder<T>& as(arrow::column_builder& column) noexcept {
    return static_cast<arrow::fixed_builder<T>&>(column);
}

template <class T>
constexpr in_place access_to{
    .values = [](arrow::column_builder& c
              ) noexcept { return reinterpret_cast<std::uint8_t*>(as<T>(c).values()); },
    .capacity = [](arrow::column_builder& c) noexcept { return as<T>(c).capacity(); },
    .set_length = [](arrow::column_builder& c,
                     std::int64_t rows) noexcept { as<T>(c).set_length(rows); }};

template <class T>
void fixed(fast_column& c, fast_form form) noexcept {
    c.form = form;
    c.taken = sizeof(std::int32_t) + sizeof(T);
    c.length_word = __builtin_bswap32(sizeof(T));
    c.access = &access_to<T>;
}

void decimal(fast_column& c, const value_plan& plan) noexcept {
    constexpr arrow::int128 most = std::numeric_limits<std::int64_t>::max();
    c.form = fast_form::decimal128;
    c.scale = static_cast<std::uint8_t>(plan.type.scale());
    c.limit =
        static_cast<std::uint64_t>(std::min(most, arrow::power_of_ten(plan.type.precision())));
    c.access = &access_to<arrow::int128>;
}

}  // namespace

fast_column make_fast_column(
    const value_plan& plan, arrow::column_builder& column, bool check_text
) noexcept {
    fast_column c{.out = &column};
    switch (plan.form) {
        case value_form::boolean:
            c.form = fast_form::boolean;
            c.taken = 5;
            c.length_word = __builtin_bswap32(1);
            break;
        case value_form::int16:
            fixed<std::int16_t>(c, fast_form::two);
            break;
        case value_form::int32:
            fixed<std::int32_t>(c, fast_form::four);
            break;
        case value_form::uint32:
            fixed<std::uint32_t>(c, fast_form::four);
            break;
        case value_form::float32:
            fixed<float>(c, fast_form::four);
            break;
        case value_form::int64:
            fixed<std::int64_t>(c, fast_form::eight);
            break;
        case value_form::uint64:
            fixed<std::uint64_t>(c, fast_form::eight);
            break;
        case value_form::float64:
            fixed<double>(c, fast_form::eight);
            break;
        case value_form::date:
            fixed<std::int32_t>(c, fast_form::date);
            break;
        case value_form::timestamp:
            fixed<std::int64_t>(c, fast_form::timestamp);
            break;
        case value_form::bytes:
            c.form = fast_form::bytes;
            break;
        case value_form::text:
            if (!check_text) c.form = fast_form::bytes;
            break;
        case value_form::numeric:
            if (plan.type.id() == arrow::type_id::decimal128 && plan.type.scale() >= 0) {
                decimal(c, plan);
            }
            break;
        default:
            break;
    }
    return c;
}

}  // namespace qry::postgresql
