// The schema of a datasource for Python: views that build objects only for what is looked at.
#pragma once

#include <pybind11/pybind11.h>

#include <qry/schema.hpp>

#include <string>
#include <utility>

namespace qry::python {

// A snapshot is plain memory: it may be used in a forked child too.
class snapshot_handle {
public:
    explicit snapshot_handle(schema_ptr what) : what_(std::move(what)) {}
    [[nodiscard]] const schema_ptr& get() const noexcept { return what_; }

private:
    schema_ptr what_;
};

// One table; keeps its snapshot.
class table_handle {
public:
    table_handle(schema_ptr of, std::uint32_t index) : of_(std::move(of)), index_(index) {}
    [[nodiscard]] table_view view() const noexcept { return of_->table(index_); }
    [[nodiscard]] std::uint32_t index() const noexcept { return index_; }
    [[nodiscard]] const schema_ptr& of() const noexcept { return of_; }
    // "catalog.schema.name", of what there is.
    [[nodiscard]] std::string qualified() const;

private:
    schema_ptr of_;
    std::uint32_t index_;
};

// (added, removed, changed, renamed), each a list of (what, name, before, now).
[[nodiscard]] pybind11::tuple diff_tuple(const schema_diff& diff);

void bind_schema(pybind11::module_& m);

}  // namespace qry::python
