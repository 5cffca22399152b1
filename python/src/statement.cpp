#include "statement.hpp"

#include <qry/kit/sql/tokenizer.hpp>

#include <string>
#include <utility>

#include "errors.hpp"

namespace py = pybind11;

namespace qry::python {

void bind_statement(py::module_& m) {
    m.def(
        "rewrite_qmark",
        [](const std::string& text, const std::string& dialect) {
            result<sql::rewritten> done = sql::rewrite_qmark(text, sql::dialect_of(dialect));
            if (!done) throw raised(std::move(done.error()));
            return py::make_tuple(done->sql, done->count);
        },
        py::arg("sql"),
        py::arg("dialect")
    );
}

}  // namespace qry::python
