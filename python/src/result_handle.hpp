// The open result of a query, as Python holds it.
#pragma once

#include <pybind11/pybind11.h>

#include <memory>
#include <utility>

#include "batch.hpp"
#include "channel.hpp"
#include "fork.hpp"
#include "stream.hpp"

namespace qry::python {

// A result on its way to somebody. Dropped on the way, the query ends at its server.
class stream_lease {
public:
    explicit stream_lease(std::shared_ptr<stream> what) : what_(std::move(what)) {}
    stream_lease(stream_lease&&) noexcept = default;
    stream_lease& operator=(stream_lease&&) = delete;
    ~stream_lease() {
        if (what_) what_->abandon();
    }
    [[nodiscard]] std::shared_ptr<stream> take() noexcept { return std::move(what_); }

private:
    std::shared_ptr<stream> what_;
};

class result_handle {
public:
    explicit result_handle(std::shared_ptr<stream> from);
    result_handle(result_handle&&) noexcept = default;
    result_handle& operator=(result_handle&&) = delete;
    ~result_handle();

    // A Batch, None at the end, or Ellipsis when it is not there yet.
    [[nodiscard]] pybind11::object poll();
    // The rows as tuples, when all are there and few; else None.
    [[nodiscard]] pybind11::object small_rows(std::int64_t most);
    // Settles the future with a Batch, or None at the end.
    void next(channel& where, pybind11::object future);
    void cancel();
    void abandon();
    [[nodiscard]] pybind11::capsule stream_capsule();
    [[nodiscard]] const std::shared_ptr<stream>& source() const { return stream_.get(); }
    [[nodiscard]] const shape_ptr& of() const noexcept { return shape_; }

private:
    kept<stream> stream_;
    shape_ptr shape_;
};

// What Datasource.execute hands to the host: reads ahead as soon as the result is there.
[[nodiscard]] completion<result_ptr> start_reading(completion<stream_lease> done);

void bind_result(pybind11::module_& m);

}  // namespace qry::python
