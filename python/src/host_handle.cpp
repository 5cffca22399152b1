#include "host_handle.hpp"

#include <qry/host.hpp>

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "channel.hpp"
#include "checked.hpp"
#include "convert.hpp"
#include "driver_list.hpp"
#include "errors.hpp"
#include "fork.hpp"
#include "stats.hpp"

#include <pybind11/stl.h>

namespace py = pybind11;

namespace qry::python {

namespace {

// Open hosts, for the end of the interpreter. The GIL guards it.
struct open_host {
    std::weak_ptr<host> which;
    std::uint32_t born = 0;
};
std::vector<open_host>& open_hosts() {
    static auto* list = new std::vector<open_host>;
    return *list;
}

void remember(const host_ptr& h) {
    std::vector<open_host>& list = open_hosts();
    std::erase_if(list, [](const open_host& o) { return o.which.expired(); });
    list.push_back({h, fork_generation()});
}

host_handle open(
    const py::object& registry,
    const py::object& jwt_secret_key,
    const py::object& jwt_secret_key_previous,
    const py::object& plugin_path,
    const py::object& isolation,
    const py::object& actor
) {
    host_options options;
    options.registry = to_path(registry, "registry");
    if (!jwt_secret_key.is_none())
        options.jwt_secret_key = to_secret(jwt_secret_key, "jwt_secret_key");
    for (const py::handle key : jwt_secret_key_previous)
        options.jwt_secret_key_previous.push_back(to_secret(key, "jwt_secret_key_previous"));
    for (const py::handle folder : plugin_path)
        options.plugin_path.emplace_back(to_path(folder, "plugin_path"));
    options.isolation = to_utf8(isolation, "isolation");
    options.actor = to_utf8(actor, "actor");
    result<host_ptr> opened = [&] {
        py::gil_scoped_release nogil;
        return host::open(std::move(options));
    }();
    if (!opened) throw raised(std::move(opened.error()));
    remember(*opened);
    return host_handle(std::move(*opened));
}

host_handle connect(const py::object& given) {
    const std::string address = to_path(given, "address");
    result<host_ptr> connected = [&] {
        py::gil_scoped_release nogil;
        return host::connect(address);
    }();
    if (!connected) throw raised(std::move(connected.error()));
    remember(*connected);
    return host_handle(std::move(*connected));
}

// Closes what this process opened; waits for all of it at most so long.
void close_all(double patience_seconds) {
    leave();
    std::vector<std::shared_ptr<std::promise<void>>> closed;
    std::vector<host_ptr> hosts;
    for (const open_host& o : open_hosts()) {
        if (o.born != fork_generation()) continue;
        if (host_ptr h = o.which.lock()) hosts.push_back(std::move(h));
    }
    const auto until =
        std::chrono::steady_clock::now() + std::chrono::duration_cast<std::chrono::nanoseconds>(
                                               std::chrono::duration<double>(patience_seconds)
                                           );
    py::gil_scoped_release nogil;
    for (const host_ptr& h : hosts) {
        closed.push_back(std::make_shared<std::promise<void>>());
        h->close([p = closed.back()](result<void>) { p->set_value(); });
    }
    for (std::size_t i = 0; i < hosts.size(); ++i) {
        if (closed[i]->get_future().wait_until(until) == std::future_status::ready) continue;
        new host_ptr(std::move(hosts[i]));
    }
}

}  // namespace

void bind_host(py::module_& m) {
    py::class_<host_handle> c(m, "Host");
    c.def(
         "close",
         [](const host_handle& h, channel& where, py::object future) {
             where.begin<void>(
                 std::move(future),
                 [&](completion<void> done) { h.get()->close(std::move(done)); },
                 [] { return py::object(py::none()); }
             );
         },
         py::arg("channel"),
         py::arg("future")
    )
        .def(
            "stats",
            [](const host_handle& h, channel& where, py::object future) {
                where.begin<host_stats>(
                    std::move(future),
                    [&](completion<host_stats> done) { h.get()->stats(std::move(done)); },
                    [](host_stats s) { return py::object(stats_dict(s)); }
                );
            },
            py::arg("channel"),
            py::arg("future")
        )
        .def(
            "prometheus",
            [](const host_handle& h, channel& where, py::object future) {
                where.begin<host_stats>(
                    std::move(future),
                    [&](completion<host_stats> done) { h.get()->stats(std::move(done)); },
                    [](const host_stats& s) { return py::object(to_text(to_prometheus(s))); }
                );
            },
            py::arg("channel"),
            py::arg("future")
        )
        .def("drivers", [](const host_handle& h) { return list_drivers(h.get()->drivers()); })
        .def_property_readonly("registry", [](const host_handle& h) {
            return to_text(h.get()->registry_location());
        });
    bind_datasources(c);
    m.def(
        "open",
        &open,
        py::arg("registry"),
        py::arg("jwt_secret_key"),
        py::arg("jwt_secret_key_previous"),
        py::arg("plugin_path"),
        py::arg("isolation"),
        py::arg("actor")
    );
    m.def("connect", &connect, py::arg("address"));
    m.def("close_all", &close_all, py::arg("patience"));
    bind_stats(m);
    m.def("version", [] { return version(); });
}

}  // namespace qry::python
