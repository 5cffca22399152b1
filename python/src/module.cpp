// qry_host._core: the host for the package beside it. Not for users: qry_host is.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include "batch.hpp"
#include "channel.hpp"
#include "datasource_handle.hpp"
#include "errors.hpp"
#include "fork.hpp"
#include "host_handle.hpp"
#include "result_handle.hpp"
#include "snapshot_handle.hpp"
#include "statement.hpp"

PYBIND11_MODULE(_core, m) {
    using namespace qry::python;
    watch_forks();
    bind_errors(m);
    bind_channel(m);
    bind_batch(m);
    bind_result(m);
    bind_schema(m);
    bind_datasource(m);
    bind_host(m);
    bind_statement(m);
}
