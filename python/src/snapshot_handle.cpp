#include "snapshot_handle.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "checked.hpp"
#include "convert.hpp"
#include "decoder.hpp"

#include <pybind11/stl.h>

namespace py = pybind11;

namespace qry::python {

namespace {

// What a list shows where, lazily: the objects of 10,000 tables are made only when asked for.
struct table_list {
    schema_ptr of;
};

py::object given(const std::optional<std::string_view>& text) {
    return text ? py::object(to_text(*text)) : py::object(py::none());
}

py::list texts(const std::vector<std::string_view>& list) {
    py::list out;
    for (const std::string_view s : list)
        out.append(to_text(s));
    return out;
}

py::object model(const char* name) {
    PyObject* found = class_of("qry_host._models", name);
    if (found == nullptr) throw py::error_already_set();
    return py::reinterpret_borrow<py::object>(found);
}

py::object column_object(const column_view& c) {
    return model("Column"
    )(to_text(c.name),
      c.ordinal,
      to_text(c.type),
      to_text(c.arrow_type),
      c.nullable,
      given(c.default_value),
      given(c.comment));
}

py::list columns_of(const table_handle& t) {
    const table_view v = t.view();
    py::list out;
    for (std::uint32_t i = 0; i < v.column_count(); ++i)
        out.append(column_object(v.column(i)));
    return out;
}

py::list primary_key_of(const table_handle& t) {
    for (const key_view& k : t.view().keys()) {
        if (k.kind == key_kind::primary) return texts(k.columns);
    }
    return py::list();
}

py::list unique_of(const table_handle& t) {
    py::list out;
    for (const key_view& k : t.view().keys()) {
        if (k.kind == key_kind::unique) out.append(texts(k.columns));
    }
    return out;
}

py::list foreign_keys_of(const table_handle& t) {
    py::list out;
    for (const key_view& k : t.view().keys()) {
        if (k.kind != key_kind::foreign) continue;
        out.append(model("ForeignKey"
        )(given(k.name),
          texts(k.columns),
          given(k.ref_catalog),
          given(k.ref_schema),
          to_text(k.ref_table),
          texts(k.ref_columns)));
    }
    return out;
}

table_handle table_at(const table_list& list, py::ssize_t index) {
    const auto count = static_cast<py::ssize_t>(list.of->table_count());
    const py::ssize_t at = index < 0 ? index + count : index;
    if (at < 0 || at >= count) throw py::index_error("table index out of range");
    return {list.of, static_cast<std::uint32_t>(at)};
}

py::list table_slice(const table_list& list, const py::slice& range) {
    std::size_t start = 0;
    std::size_t stop = 0;
    std::size_t step = 0;
    std::size_t count = 0;
    if (!range.compute(list.of->table_count(), &start, &stop, &step, &count))
        throw py::error_already_set();
    py::list out;
    for (std::size_t i = 0; i < count; ++i, start += step)
        out.append(table_handle(list.of, static_cast<std::uint32_t>(start)));
    return out;
}

py::list search(const snapshot_handle& s, const py::object& words, const py::object& most) {
    const std::string text = to_utf8(words, "text");
    const std::int64_t limit = to_count(most, "limit", "leave limit out to get the first 50");
    const std::vector<schema_hit> hits = [&] {
        py::gil_scoped_release nogil;
        return s.get()->search(text, static_cast<std::size_t>(limit));
    }();
    py::list out;
    for (const schema_hit& hit : hits) {
        const table_handle table(s.get(), hit.table);
        py::object column = py::none();
        if (hit.column) column = column_object(table.view().column(*hit.column));
        out.append(model("SearchHit")(py::cast(table), column, hit.score));
    }
    return out;
}

py::str prompt(const snapshot_handle& s, const py::object& most, const py::object& about) {
    const std::int64_t tokens = to_count(most, "tokens", "leave tokens out to get 4000");
    const std::string question = to_utf8(about, "question");
    const std::string text = [&] {
        py::gil_scoped_release nogil;
        return s.get()->prompt(static_cast<std::size_t>(tokens), question);
    }();
    return to_text(text);
}

py::object find(const snapshot_handle& s, const py::object& name) {
    const std::optional<table_view> found = s.get()->find(to_utf8(name, "name"));
    return found ? py::cast(table_handle(s.get(), found->index())) : py::object(py::none());
}

py::list changes(const std::vector<schema_change>& list) {
    py::list out;
    for (const schema_change& c : list) {
        out.append(model("SchemaChange"
        )(c.what == schema_change::object::table ? "table" : "column",
          to_text(c.name),
          to_text_or_none(c.before),
          to_text_or_none(c.now)));
    }
    return out;
}

void bind_table(py::module_& m) {
    py::class_<table_handle>(m, "Table")
        .def_property_readonly(
            "catalog", [](const table_handle& t) { return given(t.view().catalog()); }
        )
        .def_property_readonly(
            "schema", [](const table_handle& t) { return given(t.view().schema()); }
        )
        .def_property_readonly(
            "name", [](const table_handle& t) { return to_text(t.view().name()); }
        )
        .def_property_readonly(
            "kind", [](const table_handle& t) { return to_text(t.view().kind()); }
        )
        .def_property_readonly(
            "comment", [](const table_handle& t) { return given(t.view().comment()); }
        )
        .def_property_readonly(
            "row_estimate", [](const table_handle& t) { return py::cast(t.view().row_estimate()); }
        )
        .def_property_readonly("columns", &columns_of)
        .def_property_readonly("primary_key", &primary_key_of)
        .def_property_readonly("foreign_keys", &foreign_keys_of)
        .def_property_readonly("unique", &unique_of)
        .def_property_readonly("qualified_name", &table_handle::qualified)
        .def("__repr__", [](const table_handle& t) { return "<Table " + t.qualified() + ">"; })
        .def(
            "__eq__",
            [](const table_handle& t, const py::object& other) {
                if (!py::isinstance<table_handle>(other)) return false;
                const auto& o = other.cast<const table_handle&>();
                return o.of() == t.of() && o.index() == t.index();
            }
        )
        .def("__hash__", [](const table_handle& t) {
            return py::hash(
                py::make_tuple(reinterpret_cast<std::uintptr_t>(t.of().get()), t.index())
            );
        });
}

}  // namespace

std::string table_handle::qualified() const {
    const table_view v = view();
    std::string out;
    if (const auto c = v.catalog()) out.append(*c).append(".");
    if (const auto s = v.schema()) out.append(*s).append(".");
    return out.append(v.name());
}

py::tuple diff_tuple(const schema_diff& diff) {
    return py::make_tuple(
        changes(diff.added), changes(diff.removed), changes(diff.changed), changes(diff.renamed)
    );
}

void bind_schema(py::module_& m) {
    bind_table(m);
    py::class_<table_list>(m, "TableList")
        .def("__len__", [](const table_list& l) { return l.of->table_count(); })
        .def("__getitem__", &table_at, py::arg("index"))
        .def("__getitem__", &table_slice, py::arg("index"))
        .def("__repr__", [](const table_list& l) {
            return "<TableList of " + std::to_string(l.of->table_count()) + ">";
        });
    py::class_<snapshot_handle>(m, "Snapshot")
        .def_property_readonly(
            "generation", [](const snapshot_handle& s) { return s.get()->generation(); }
        )
        .def_property_readonly(
            "taken_at", [](const snapshot_handle& s) { return since_epoch(s.get()->taken_at()); }
        )
        .def_property_readonly(
            "age", [](const snapshot_handle& s) { return in_seconds(s.get()->age()); }
        )
        .def_property_readonly(
            "catalogs", [](const snapshot_handle& s) { return texts(s.get()->catalogs()); }
        )
        .def_property_readonly(
            "column_count", [](const snapshot_handle& s) { return s.get()->column_count(); }
        )
        .def_property_readonly(
            "tables", [](const snapshot_handle& s) { return table_list{s.get()}; }
        )
        .def("find", &find, py::arg("name"))
        .def("search", &search, py::arg("text"), py::arg("limit"))
        .def("prompt", &prompt, py::arg("tokens"), py::arg("question"));
}

}  // namespace qry::python
