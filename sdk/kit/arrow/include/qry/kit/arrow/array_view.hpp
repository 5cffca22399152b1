// Reading arrays made by anybody: arguments in a driver, batches in a test or a command.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <qry/arrow.h>
#include <qry/kit/arrow/fixed_builder.hpp>
#include <qry/kit/arrow/int256.hpp>
#include <qry/kit/arrow/type.hpp>
#include <qry/result.hpp>

namespace qry::arrow {

// Borrows the array; the schema is needed only while it is made. Structure (types, number of
// buffers and children, missing buffers) is checked when it is made, contents only by validate():
// call that first for arrays that are not trusted. Rows count from 0 and take the array's offset
// into account.
class array_view {
public:
    [[nodiscard]] static result<array_view> make(
        const ArrowSchema& schema, const ArrowArray& array
    );
    // With the type read before, for the second and later batches of a result.
    [[nodiscard]] static result<array_view> make(const field& which, const ArrowArray& array);

    [[nodiscard]] const std::string& name() const noexcept { return field_->name; }
    [[nodiscard]] const arrow::field& field() const noexcept { return *field_; }
    [[nodiscard]] const data_type& type() const noexcept { return field_->type; }
    [[nodiscard]] std::int64_t length() const noexcept { return array_->length; }
    [[nodiscard]] const ArrowArray& array() const noexcept { return *array_; }
    [[nodiscard]] bool is_null(std::int64_t row) const noexcept;

    // The value as it lies in memory: T as in fixed_builder. The row must not be null.
    template <class T>
    [[nodiscard]] T value(std::int64_t row) const noexcept {
        return static_cast<const T*>(array_->buffers[1])[row + array_->offset];
    }
    // Any integer, date, time, timestamp or duration type but uint64.
    [[nodiscard]] std::int64_t integer(std::int64_t row) const noexcept;
    [[nodiscard]] std::uint64_t unsigned_integer(std::int64_t row) const noexcept;
    // float16, float32 or float64.
    [[nodiscard]] double floating(std::int64_t row) const noexcept;
    [[nodiscard]] bool boolean(std::int64_t row) const noexcept;
    // utf8, binary, their large forms, fixed_size_binary, or a dictionary of those.
    [[nodiscard]] std::string_view bytes(std::int64_t row) const noexcept;
    // decimal128 or decimal256.
    [[nodiscard]] int256 decimal(std::int64_t row) const noexcept;

    // list, large_list: rows [first, second) of child(0); map: those of child(0) and child(1).
    [[nodiscard]] std::pair<std::int64_t, std::int64_t> range(std::int64_t row) const noexcept;
    // list: 1 (items); structure: its fields; map: 2 (keys, values); dictionary: 1 (values). For a
    // structure the row of a child is child_row(row).
    [[nodiscard]] std::size_t child_count() const noexcept { return children_.size(); }
    [[nodiscard]] const array_view& child(std::size_t index) const noexcept {
        return children_[index];
    }
    [[nodiscard]] std::int64_t child_row(std::int64_t row) const noexcept {
        return row + array_->offset;
    }
    // dictionary: the row of child(0) that this row stands for.
    [[nodiscard]] std::int64_t index(std::int64_t row) const noexcept;

private:
    array_view() = default;
    [[nodiscard]] static result<array_view> bind(
        std::shared_ptr<const arrow::field> which, const ArrowArray& array, int depth
    );
    [[nodiscard]] static result<void> add_children(
        array_view& view, const ArrowArray& array, int depth
    );

    std::shared_ptr<const arrow::field> field_;
    const ArrowArray* array_ = nullptr;
    std::vector<array_view> children_;
};

// One cell as people read it: 12.50, 2024-02-29 13:05:00Z, [1, null], {"a": 1}; bytes as \x00ff;
// floats so that they read back the same; text bare at the top and quoted inside lists and structs.
// A null is "null": ask is_null() first where it must look different.
[[nodiscard]] std::string format_cell(const array_view& view, std::int64_t row);
void append_cell(std::string& out, const array_view& view, std::int64_t row);

}  // namespace qry::arrow
