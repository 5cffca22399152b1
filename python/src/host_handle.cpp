#include "host_handle.hpp"

#include <qry/host.hpp>

#include <chrono>
#include <filesystem>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "channel.hpp"
#include "convert.hpp"
#include "datasource_handle.hpp"
#include "driver_list.hpp"
#include "errors.hpp"
#include "fork.hpp"

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

class host_handle {
public:
    explicit host_handle(host_ptr what) : what_(std::move(what)) {}
    host_handle(host_handle&&) noexcept = default;
    host_handle& operator=(host_handle&&) = delete;
    ~host_handle() {
        if (!what_ || !what_.mine()) return;
        py::gil_scoped_release nogil;
        what_.take().reset();
    }
    [[nodiscard]] const host_ptr& get() const { return what_.get(); }

private:
    kept<host> what_;
};

void remember(const host_ptr& h) {
    std::vector<open_host>& list = open_hosts();
    std::erase_if(list, [](const open_host& o) { return o.which.expired(); });
    list.push_back({h, fork_generation()});
}

host_handle open(
    const std::string& registry,
    const py::object& jwt_secret_key,
    const py::iterable& jwt_secret_key_previous,
    const py::iterable& plugin_path,
    const std::string& isolation,
    const std::string& actor
) {
    host_options options;
    options.registry = registry;
    if (!jwt_secret_key.is_none())
        options.jwt_secret_key = to_secret(jwt_secret_key, "jwt_secret_key");
    for (const py::handle key : jwt_secret_key_previous)
        options.jwt_secret_key_previous.push_back(to_secret(key, "jwt_secret_key_previous"));
    for (const py::handle folder : plugin_path)
        options.plugin_path.emplace_back(folder.cast<std::string>());
    options.isolation = isolation;
    options.actor = actor;
    result<host_ptr> opened = [&] {
        py::gil_scoped_release nogil;
        return host::open(std::move(options));
    }();
    if (!opened) throw raised(std::move(opened.error()));
    remember(*opened);
    return host_handle(std::move(*opened));
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

py::object none() {
    return py::none();
}

py::object datasource_object(datasource_ptr d) {
    return py::cast(datasource_handle(std::move(d)));
}

datasource_spec make_spec(
    const std::string& name,
    const std::string& driver,
    const py::object& params,
    const py::object& secrets,
    const py::object& timeout,
    int pool_min_size,
    int pool_max_size,
    const std::optional<std::string>& isolation
) {
    datasource_spec s;
    s.name = name;
    s.driver = driver;
    s.params = to_params(params, "params");
    s.secrets = to_secrets(secrets, none_means::absent);
    s.timeout = to_duration(timeout, "timeout");
    s.pool_min_size = pool_min_size;
    s.pool_max_size = pool_max_size;
    s.isolation = isolation;
    return s;
}

void create(
    const host_handle& h,
    channel& where,
    py::object future,
    const std::string& name,
    const std::string& driver,
    const py::object& params,
    const py::object& secrets,
    const py::object& timeout,
    int pool_min_size,
    int pool_max_size,
    const std::optional<std::string>& isolation
) {
    datasource_spec spec =
        make_spec(name, driver, params, secrets, timeout, pool_min_size, pool_max_size, isolation);
    where.begin<datasource_ptr>(
        std::move(future),
        [&](completion<datasource_ptr> done) { h.get()->create(std::move(spec), std::move(done)); },
        datasource_object
    );
}

void update(
    const host_handle& h,
    channel& where,
    py::object future,
    const std::string& name,
    const std::optional<std::string>& new_name,
    const py::object& params,
    const py::object& secrets,
    const py::object& timeout,
    const std::optional<int>& pool_min_size,
    const std::optional<int>& pool_max_size,
    const std::optional<std::string>& isolation,
    const std::optional<std::int64_t>& version
) {
    datasource_change c;
    c.new_name = new_name;
    c.params = to_param_changes(params, "params");
    c.secrets = to_secrets(secrets, none_means::remove);
    c.timeout = to_duration(timeout, "timeout");
    c.pool_min_size = pool_min_size;
    c.pool_max_size = pool_max_size;
    c.isolation = isolation;
    c.version = version;
    where.begin<datasource_ptr>(
        std::move(future),
        [&](completion<datasource_ptr> done) {
            h.get()->update(name, std::move(c), std::move(done));
        },
        datasource_object
    );
}

operation_handle_ptr check(
    const host_handle& h,
    channel& where,
    py::object future,
    py::object on_step,
    const std::string& driver,
    const py::object& params,
    const py::object& secrets,
    const py::object& timeout
) {
    datasource_spec spec = make_spec("", driver, params, secrets, timeout, 1, 1, std::nullopt);
    auto operation = std::make_unique<operation_handle>();
    const bool listening = !on_step.is_none();
    where.begin_reported<test_report>(
        std::move(future),
        std::move(on_step),
        [&](completion<test_report> done, auto report) {
            callback<void(const test_step_report&)> step;
            if (listening) {
                step = [report](const test_step_report& s) {
                    report(std::make_unique<step_outcome>(s));
                };
            }
            operation->set(h.get()->check(std::move(spec), std::move(step), std::move(done)));
        },
        report_tuple
    );
    return operation;
}

void bind_datasources(py::class_<host_handle>& c) {
    c.def(
         "get",
         [](const host_handle& h, channel& where, py::object future, const std::string& name) {
             where.begin<datasource_ptr>(
                 std::move(future),
                 [&](completion<datasource_ptr> done) { h.get()->get(name, std::move(done)); },
                 datasource_object
             );
         },
         py::arg("channel"),
         py::arg("future"),
         py::arg("name")
    )
        .def(
            "list",
            [](const host_handle& h, channel& where, py::object future) {
                where.begin<std::vector<datasource_ptr>>(
                    std::move(future),
                    [&](completion<std::vector<datasource_ptr>> done) {
                        h.get()->list(std::move(done));
                    },
                    [](std::vector<datasource_ptr> found) -> py::object {
                        py::list out;
                        for (datasource_ptr& d : found)
                            out.append(datasource_object(std::move(d)));
                        return out;
                    }
                );
            },
            py::arg("channel"),
            py::arg("future")
        )
        .def(
            "remove",
            [](const host_handle& h, channel& where, py::object future, const std::string& name) {
                where.begin<void>(
                    std::move(future),
                    [&](completion<void> done) { h.get()->remove(name, std::move(done)); },
                    none
                );
            },
            py::arg("channel"),
            py::arg("future"),
            py::arg("name")
        )
        .def(
            "create",
            &create,
            py::arg("channel"),
            py::arg("future"),
            py::arg("name"),
            py::arg("driver"),
            py::arg("params"),
            py::arg("secrets"),
            py::arg("timeout"),
            py::arg("pool_min_size"),
            py::arg("pool_max_size"),
            py::arg("isolation")
        )
        .def(
            "update",
            &update,
            py::arg("channel"),
            py::arg("future"),
            py::arg("name"),
            py::arg("new_name"),
            py::arg("params"),
            py::arg("secrets"),
            py::arg("timeout"),
            py::arg("pool_min_size"),
            py::arg("pool_max_size"),
            py::arg("isolation"),
            py::arg("version")
        );
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
                 none
             );
         },
         py::arg("channel"),
         py::arg("future")
    )
        .def("drivers", [](const host_handle& h) { return list_drivers(h.get()->drivers()); })
        .def_property_readonly(
            "registry", [](const host_handle& h) { return to_text(h.get()->registry_location()); }
        )
        .def(
            "check",
            &check,
            py::arg("channel"),
            py::arg("future"),
            py::arg("on_step"),
            py::arg("driver"),
            py::arg("params"),
            py::arg("secrets"),
            py::arg("timeout")
        );
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
    m.def("close_all", &close_all, py::arg("patience"));
    m.def("version", [] { return version(); });
}

}  // namespace qry::python
