#include "client/remote_host.hpp"

#include <chrono>
#include <future>
#include <utility>

#include <qry/registry/file_names.hpp>

#include "client/asked.hpp"
#include "daemon/address.hpp"

namespace qry {

result<std::shared_ptr<host>> host::connect(std::string address) {
    auto path = daemon::socket_path(address);
    if (!path) return std::move(path).error();
    auto link = std::make_shared<client::link>(std::move(*path));
    if (auto opened = link->open(); !opened) return std::move(opened).error();
    return host_ptr(std::make_shared<client::remote_host>(std::move(link)));
}

}  // namespace qry

namespace qry::client {

using daemon::call_type;

namespace {

// The working directory that a relative name is meant from is this process's, not the daemon's.
datasource_spec with_absolute_files(const registry::catalog& plugins, datasource_spec spec) {
    if (auto plugin = plugins.find(spec.driver)) {
        registry::make_absolute((*plugin)->about.parameters, spec.params);
    }
    return spec;
}

// For the goodbye of a host that was not closed.
constexpr auto farewell = std::chrono::seconds(1);

}  // namespace

remote_host::remote_host(link_ptr over)
    : link_(std::move(over)), known_(std::make_shared<book>(link_)) {}

remote_host::~remote_host() {
    auto promise = std::make_shared<std::promise<void>>();
    auto left = promise->get_future();
    link_->close([promise](const result<void>&) { promise->set_value(); });
    if (!link_->on_own_thread()) left.wait_for(farewell);
}

void remote_host::close(completion<void> done) {
    link_->close(std::move(done));
}

const registry::catalog& remote_host::drivers() const noexcept {
    return link_->drivers();
}

std::string remote_host::registry_location() const {
    return link_->registry_location();
}

template <class Question>
void remote_host::ask_for_one(call_type type, Question question, completion<datasource_ptr> done) {
    auto read = [known = known_](wire::incoming& in) -> result<datasource_ptr> {
        auto said = daemon::decode<daemon::named>(in.payload);
        if (!said) return std::move(said).error();
        return known->of(std::move(said->info));
    };
    link_->start(
        make_asked(type, std::move(question), call_type::named, std::move(read), std::move(done))
    );
}

void remote_host::create(datasource_spec spec, completion<datasource_ptr> done) {
    ask_for_one(
        call_type::create, with_absolute_files(drivers(), std::move(spec)), std::move(done)
    );
}

void remote_host::get(std::string name, completion<datasource_ptr> done) {
    ask_for_one(call_type::get, daemon::by_name{std::move(name)}, std::move(done));
}

void remote_host::list(completion<std::vector<datasource_ptr>> done) {
    auto read = [known = known_](wire::incoming& in) -> result<std::vector<datasource_ptr>> {
        auto said = daemon::decode<daemon::listed>(in.payload);
        if (!said) return std::move(said).error();
        std::vector<datasource_ptr> all;
        for (auto& info : said->all)
            all.push_back(known->of(std::move(info)));
        return all;
    };
    link_->start(make_asked(
        call_type::list, daemon::nothing{}, call_type::listed, std::move(read), std::move(done)
    ));
}

void remote_host::update(
    std::string name, datasource_change change, completion<datasource_ptr> done
) {
    daemon::update question{std::move(name), std::move(change)};
    ask_for_one(call_type::update, std::move(question), std::move(done));
}

void remote_host::remove(std::string name, completion<void> done) {
    auto read = [](wire::incoming& in) -> result<void> {
        auto none = daemon::decode<daemon::nothing>(in.payload);
        return none ? result<void>() : std::move(none).error();
    };
    link_->start(make_asked(
        call_type::remove,
        daemon::by_name{std::move(name)},
        call_type::done,
        std::move(read),
        std::move(done)
    ));
}

operation_ptr remote_host::check(
    datasource_spec spec,
    callback<void(const test_step_report&)> on_step,
    completion<test_report> done
) {
    auto read = [](wire::incoming& in) -> result<test_report> {
        auto said = daemon::decode<daemon::report>(in.payload);
        if (!said) return std::move(said).error();
        return std::move(said->outcome);
    };
    auto what = make_asked(
        call_type::check,
        with_absolute_files(drivers(), std::move(spec)),
        call_type::report,
        std::move(read),
        std::move(done)
    );
    what->on_report(
        call_type::step,
        [tell = std::move(on_step)](wire::incoming& in) mutable -> result<void> {
            auto said = daemon::decode<test_step_report>(in.payload);
            if (!said) return std::move(said).error();
            if (tell) tell(*said);
            return {};
        }
    );
    link_->start(what);
    return std::make_shared<remote_operation>(link_, what);
}

void remote_host::check_secrets(rotate_mode mode, completion<secrets_report> done) {
    link_->start(make_asked(
        call_type::check_secrets,
        daemon::check_secrets{mode},
        call_type::secrets,
        as_it_came<secrets_report>(),
        std::move(done)
    ));
}

void remote_host::doctor(completion<std::vector<doctor_finding>> done) {
    auto read = [](wire::incoming& in) -> result<std::vector<doctor_finding>> {
        auto said = daemon::decode<daemon::findings>(in.payload);
        if (!said) return std::move(said).error();
        return std::move(said->all);
    };
    link_->start(make_asked(
        call_type::doctor, daemon::nothing{}, call_type::findings, std::move(read), std::move(done)
    ));
}

void remote_host::stats(completion<host_stats> done) {
    link_->start(make_asked(
        call_type::stats,
        daemon::nothing{},
        call_type::figures,
        as_it_came<host_stats>(),
        std::move(done)
    ));
}

}  // namespace qry::client
