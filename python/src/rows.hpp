// Batches into tuples and dicts, in one pass.
#pragma once

#include <pybind11/pybind11.h>

#include <qry/kit/arrow/array_view.hpp>

#include <memory>
#include <optional>
#include <vector>

#include "arrow_share.hpp"
#include "decoder.hpp"

namespace qry::python {

// Made once per result.
class row_reader {
public:
    // Throws raised(unsupported) for a column without a Python counterpart.
    explicit row_reader(const ArrowSchema& schema);

    [[nodiscard]] arrow::array_view view(const ArrowArray& batch) const;
    // Rows [from, to) as a list.
    [[nodiscard]] pybind11::list tuples(
        const arrow::array_view& batch, std::int64_t from, std::int64_t to
    ) const;
    // Throws ValueError when two columns share a name.
    [[nodiscard]] pybind11::list dicts(
        const arrow::array_view& batch, std::int64_t from, std::int64_t to
    ) const;
    [[nodiscard]] const arrow::field& shape() const noexcept { return shape_; }

private:
    arrow::field shape_;
    std::vector<decoder_ptr> columns_;
    bool atomic_ = true;
};

}  // namespace qry::python
