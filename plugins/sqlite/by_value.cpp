#include "by_value.hpp"

#include <cassert>
#include <string>

#include <qry/kit/arrow/array_view.hpp>
#include <qry/kit/arrow/binary_builder.hpp>
#include <qry/kit/arrow/fixed_builder.hpp>
#include <qry/kit/text/utf8.hpp>

#include "values.hpp"

namespace qry::sqlite {

namespace {

using arrow::array_view;
using arrow::binary_builder;
using arrow::column_builder;
using arrow::fixed_builder;
using arrow::type_id;

// What a column of type `now` must become to take the value too.
type_id widened(type_id now, const cell& value) {
    const int storage = value.storage();
    if (storage == SQLITE_BLOB || now == type_id::binary) return type_id::binary;
    if (storage == SQLITE_TEXT || now == type_id::utf8) return type_id::utf8;
    if (storage == SQLITE_FLOAT) return type_id::float64;
    if (now != type_id::float64) return type_id::int64;
    return is_exact_double(value.integer()) ? type_id::float64 : type_id::utf8;
}

bool all_exact_doubles(const array_view& rows) {
    for (std::int64_t row = 0; row < rows.length(); ++row) {
        if (!rows.is_null(row) && !is_exact_double(rows.integer(row))) return false;
    }
    return true;
}

std::string text_at(const array_view& rows, std::int64_t row) {
    switch (rows.type().id()) {
        case type_id::int64:
            return text_of(rows.integer(row));
        case type_id::float64:
            return text_of(rows.floating(row));
        default:
            return std::string(rows.bytes(row));
    }
}

void append_converted(column_builder& to, const array_view& rows, std::int64_t row) {
    if (rows.is_null(row)) {
        to.append_null();
    } else if (to.type().id() == type_id::float64) {
        static_cast<fixed_builder<double>&>(to).append(static_cast<double>(rows.integer(row)));
    } else {
        static_cast<binary_builder&>(to).append(text_at(rows, row));
    }
}

// Only from null to anything, and from int64 to float64 to utf8 to binary.
void convert(arrow::batch_builder& batch, std::size_t index, column_plan& plan, type_id target) {
    const arrow::field before = plan.as_field();
    const unique_array old = batch.retype(index, target);
    const auto rows = array_view::make(before, *old);
    assert(rows);
    if (before.type.id() == type_id::int64 && target == type_id::float64 &&
        !all_exact_doubles(*rows)) {
        target = type_id::utf8;
        (void)batch.retype(index, target);
    }
    for (std::int64_t row = 0; row < rows->length(); ++row) {
        append_converted(batch.column(index), *rows, row);
    }
    plan.type = target;
}

void append(column_builder& to, const cell& value) {
    switch (to.type().id()) {
        case type_id::int64:
            static_cast<fixed_builder<std::int64_t>&>(to).append(value.integer());
            return;
        case type_id::float64:
            static_cast<fixed_builder<double>&>(to).append(value.real());
            return;
        default: {
            auto& builder = static_cast<binary_builder&>(to);
            const bool number =
                value.storage() == SQLITE_INTEGER || value.storage() == SQLITE_FLOAT;
            if (number) {
                builder.append(value.number_text());
            } else {
                builder.append(value.bytes());
            }
        }
    }
}

}  // namespace

result<void> append_by_value(
    arrow::batch_builder& batch,
    std::size_t index,
    column_plan& plan,
    const cell& value,
    std::int64_t row,
    deciding first_batch
) {
    if (value.storage() == SQLITE_NULL) {
        batch.column(index).append_null();
        return {};
    }
    const type_id target = widened(plan.type.id(), value);
    if (target != plan.type.id()) {
        if (first_batch == deciding::no) return misfit(plan, value, row);
        convert(batch, index, plan, target);
    }
    // The column may have become text although the value asked for less.
    if (plan.type.id() == type_id::utf8 && value.storage() == SQLITE_TEXT &&
        !text::is_valid_utf8(value.bytes())) {
        return misfit(plan, value, row);
    }
    append(batch.column(index), value);
    return {};
}

void decide(arrow::batch_builder& batch, std::size_t index, column_plan& plan) {
    if (plan.type.id() == type_id::null) convert(batch, index, plan, type_id::utf8);
}

}  // namespace qry::sqlite
