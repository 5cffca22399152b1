// One record batch, and the shape that all batches of a result share.
#pragma once

#include <pybind11/pybind11.h>

#include <memory>
#include <optional>
#include <utility>

#include "arrow_share.hpp"
#include "rows.hpp"

namespace qry::python {

// The schema, and the reader for rows made when the first one is asked for: most results are read
// as Arrow. The GIL guards it. Holds nothing of Python's, so any thread may drop it.
class shape {
public:
    explicit shape(shared_schema schema) : schema_(std::move(schema)) {}
    [[nodiscard]] const shared_schema& schema() const noexcept { return schema_; }
    [[nodiscard]] const row_reader& reader() {
        if (!reader_) reader_.emplace(*schema_->get());
        return *reader_;
    }

private:
    shared_schema schema_;
    std::optional<row_reader> reader_;
};
using shape_ptr = std::shared_ptr<shape>;

class batch {
public:
    batch(shape_ptr of, unique_array rows)
        : shape_(std::move(of)), rows_(std::make_shared<unique_array>(std::move(rows))) {}

    [[nodiscard]] std::int64_t length() const noexcept { return (*rows_)->length; }
    [[nodiscard]] const shape_ptr& of() const noexcept { return shape_; }
    [[nodiscard]] const shared_array& rows() const noexcept { return rows_; }
    [[nodiscard]] pybind11::list tuples(std::int64_t from, std::int64_t to);
    [[nodiscard]] pybind11::list dicts(std::int64_t from, std::int64_t to);

private:
    const arrow::array_view& view();

    shape_ptr shape_;
    shared_array rows_;
    std::optional<arrow::array_view> view_;
};

void bind_batch(pybind11::module_& m);

}  // namespace qry::python
