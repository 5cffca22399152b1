#include "driver_list.hpp"

#include <string>

#include "convert.hpp"

namespace py = pybind11;

namespace qry::python {

namespace {

py::list texts(const std::vector<std::string>& list) {
    py::list out;
    for (const std::string& s : list)
        out.append(to_text(s));
    return out;
}

// when: the value of the discriminator that a parameter belongs to; empty = always there.
py::dict parameter_dict(const registry::parameter& p, const std::string& when) {
    py::dict out;
    out["name"] = to_text(p.name);
    out["title"] = to_text(p.title);
    out["description"] = to_text(p.description);
    out["type"] = type_name(p.type);
    out["default"] =
        p.default_value ? py::object(to_text(*p.default_value)) : py::object(py::none());
    out["required"] = p.required;
    out["secret"] = p.secret;
    out["multiline"] = p.multiline;
    out["file"] = p.file;
    out["choices"] = texts(p.enumeration);
    out["group"] = to_text_or_none(p.group);
    out["when"] = to_text_or_none(when);
    return out;
}

py::list parameter_dicts(const registry::parameter_schema& schema) {
    py::list out;
    for (const registry::parameter& p : schema.parameters)
        out.append(parameter_dict(p, {}));
    for (const registry::parameter_variant& v : schema.variants) {
        const std::string when = schema.discriminator + "=" + v.value;
        for (const registry::parameter& p : v.parameters)
            out.append(parameter_dict(p, when));
    }
    return out;
}

}  // namespace

py::list list_drivers(const registry::catalog& from) {
    py::list out;
    for (const registry::plugin& p : from.plugins()) {
        py::dict d;
        d["name"] = to_text(p.about.name);
        d["title"] = to_text(p.about.title);
        d["version"] = to_text(p.about.version);
        d["description"] = to_text(p.about.description);
        d["publisher"] = to_text(p.about.publisher);
        d["abi"] = std::to_string(p.about.abi_major) + "." + std::to_string(p.about.abi_minor);
        d["model"] = to_text(p.about.model);
        d["dialect"] = to_text(p.about.dialect);
        d["parameters"] = parameter_dicts(p.about.parameters);
        d["capabilities"] = texts(p.about.capabilities);
        d["path"] = to_text(p.library.empty() ? p.folder.string() : p.library.string());
        d["trust"] = to_text(p.trust);
        d["reason"] = to_text_or_none(p.reason);
        out.append(d);
    }
    return out;
}

}  // namespace qry::python
