#include "statement.hpp"

#include <qry/kit/sql/tokenizer.hpp>

#include <string>
#include <utility>

#include "checked.hpp"
#include "errors.hpp"

namespace py = pybind11;

namespace qry::python {

void bind_statement(py::module_& m) {
    m.def(
        "rewrite_qmark",
        [](const py::object& text, const py::object& dialect) {
            result<sql::rewritten> done = sql::rewrite_qmark(
                utf8_view(text, "sql"), sql::dialect_of(utf8_view(dialect, "dialect"))
            );
            if (!done) throw raised(std::move(done.error()));
            return py::make_tuple(done->sql, done->count);
        },
        py::arg("sql"),
        py::arg("dialect")
    );
}

}  // namespace qry::python
