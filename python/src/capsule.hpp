// The Arrow PyCapsule interface: structures handed to pandas, polars, pyarrow, duckdb, …
// https://arrow.apache.org/docs/format/CDataInterface/PyCapsuleInterface.html
#pragma once

#include <pybind11/pybind11.h>

#include <qry/arrow.hpp>

#include <memory>
#include <vector>

#include "arrow_share.hpp"
#include "stream.hpp"

namespace qry::python {

[[nodiscard]] pybind11::capsule schema_capsule(unique_schema schema);
[[nodiscard]] pybind11::capsule array_capsule(unique_array array);
[[nodiscard]] pybind11::capsule stream_capsule(unique_stream stream);

// Reads what is left of a result; waits without the GIL, whoever calls. Released early, it cancels.
[[nodiscard]] unique_stream export_stream(std::shared_ptr<stream> source);
// Reads batches in memory, which stay.
[[nodiscard]] unique_stream export_batches(shared_schema schema, std::vector<shared_array> batches);

}  // namespace qry::python
