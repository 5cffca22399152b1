// Calls that are asked and answered; results are in connection_results.cpp.
#include <fcntl.h>

#include <utility>

#include "base/errors.hpp"
#include "daemon/connection.hpp"

namespace qry::daemon {

namespace {

error unknown_id(const std::string& id) {
    return {
        .kind = status::not_found,
        .message = "the datasource with id " + id + " is not there any more",
        .hint = "somebody removed it; get it anew by its name",
        .from = origin::host};
}

}  // namespace

void connection::send_named(const call_ptr& c, const datasource_ptr& which) {
    named answer{which->info()};
    hub_->datasources.keep(which, answer.info.id);
    send(call_type::named, c->number, answer);
}

void connection::create(const call_ptr& c, datasource_spec what) {
    hub_->host->create(
        std::move(what),
        answering<datasource_ptr>(
            c, [c](connection& self, result<datasource_ptr>& made) { self.send_named(c, *made); }
        )
    );
}

void connection::get(const call_ptr& c, by_name what) {
    hub_->host->get(
        std::move(what.name),
        answering<datasource_ptr>(
            c, [c](connection& self, result<datasource_ptr>& found) { self.send_named(c, *found); }
        )
    );
}

void connection::list(const call_ptr& c, nothing) {
    using all = std::vector<datasource_ptr>;
    hub_->host->list(answering<all>(c, [c](connection& self, result<all>& found) {
        listed answer;
        for (const auto& each : *found) {
            answer.all.push_back(each->info());
            self.hub_->datasources.keep(each, answer.all.back().id);
        }
        self.send(call_type::listed, c->number, answer);
    }));
}

void connection::update(const call_ptr& c, daemon::update what) {
    hub_->host->update(
        std::move(what.name),
        std::move(what.change),
        answering<datasource_ptr>(
            c,
            [c](connection& self, result<datasource_ptr>& changed) { self.send_named(c, *changed); }
        )
    );
}

void connection::remove(const call_ptr& c, by_name what) {
    std::string name = what.name;
    hub_->host->remove(
        std::move(what.name),
        answering<void>(
            c,
            [c, name = std::move(name)](connection& self, result<void>&) {
                self.hub_->datasources.forget(name);
                self.send(call_type::done, c->number, nothing{});
            }
        )
    );
}

callback<void(const test_step_report&)> connection::steps_of(const call_ptr& c) {
    return [weak = weak_from_this(), hub = hub_, c](const test_step_report& step) {
        hub->on_loop([weak, c, step] {
            const auto self = weak.lock();
            if (self && !c->over) self->send(call_type::step, c->number, step);
        });
    };
}

void connection::under_way(const call_ptr& c, operation_ptr work) {
    if (c->over || c->rows) return;
    c->work = std::move(work);
    if (c->cancelled && c->work) c->work->cancel();
}

void connection::check(const call_ptr& c, datasource_spec what) {
    auto done = answering<test_report>(c, [c](connection& self, result<test_report>& outcome) {
        self.send(call_type::report, c->number, report{std::move(*outcome), std::nullopt});
    });
    under_way(c, hub_->host->check(std::move(what), steps_of(c), std::move(done)));
}

void connection::with_datasource(
    const call_ptr& c, std::string id, std::function<void(const datasource_ptr&)> go_on
) {
    if (const auto found = hub_->datasources.find(id)) return go_on(found);
    // The daemon was started anew since the client was told of it.
    hub_->host->list([weak = weak_from_this(), hub = hub_, c, id = std::move(id), go_on](
                         result<std::vector<datasource_ptr>> all
                     ) {
        hub->on_loop([weak, hub, c, id, go_on, all = std::move(all)]() mutable {
            const auto self = weak.lock();
            if (!self || c->over) return;
            if (!all) return self->fail(c, std::move(all).error());
            for (const auto& each : *all)
                hub->datasources.keep(each, each->info().id);
            const auto found = hub->datasources.find(id);
            if (!found) {
                const std::string name = hub->datasources.removed(id);
                return self->fail(c, name.empty() ? unknown_id(id) : base::removed_error(name));
            }
            go_on(found);
        });
    });
}

void connection::test(const call_ptr& c, by_id what) {
    with_datasource(c, std::move(what.id), [this, c](const datasource_ptr& which) {
        auto done =
            answering<test_report>(c, [c, which](connection& self, result<test_report>& outcome) {
                self.send(call_type::report, c->number, report{std::move(*outcome), which->info()});
            });
        under_way(c, which->test(steps_of(c), std::move(done)));
    });
}

result<image> connection::image_of(
    const datasource_ptr& which, std::uint64_t known, registry::unique_fd& memory
) {
    image answer{.info = which->info()};
    const schema_ptr snapshot = which->cached_schema();
    if (!snapshot) return answer;
    auto shared = hub_->images.of(answer.info.id, snapshot);
    if (!shared) return std::move(shared).error();
    answer.number = shared->number;
    answer.bytes = shared->bytes;
    if (answer.number == known) return answer;
    memory = registry::unique_fd(::fcntl(shared->memory->get(), F_DUPFD_CLOEXEC, 0));
    if (memory.get() >= 0) return answer;
    return error{
        .kind = status::resource_limit,
        .message = "the daemon is out of descriptors",
        .from = origin::host,
        .retryable = true};
}

void connection::schema(const call_ptr& c, schema_call what) {
    const auto max_age = what.max_age;
    const std::uint64_t known = what.known;
    with_datasource(c, std::move(what.id), [this, c, max_age, known](const datasource_ptr& which) {
        auto done =
            answering<schema_ptr>(c, [c, which, known](connection& self, result<schema_ptr>&) {
                registry::unique_fd memory;
                auto answer = self.image_of(which, known, memory);
                if (!answer) return self.fail(c, std::move(answer).error());
                self.send(call_type::snapshot, c->number, *answer, std::move(memory));
            });
        under_way(c, which->schema(max_age, std::move(done)));
    });
}

void connection::refresh(const call_ptr& c, schema_call what) {
    const std::uint64_t known = what.known;
    with_datasource(c, std::move(what.id), [this, c, known](const datasource_ptr& which) {
        auto done = answering<schema_diff>(
            c,
            [c, which, known](connection& self, result<schema_diff>& diff) {
                registry::unique_fd memory;
                auto now = self.image_of(which, known, memory);
                if (!now) return self.fail(c, std::move(now).error());
                const changes answer{std::move(*diff), std::move(*now)};
                self.send(call_type::changes, c->number, answer, std::move(memory));
            }
        );
        auto progress = [weak = weak_from_this(), hub = hub_, c](const refresh_progress& so_far) {
            hub->on_loop([weak, c, so_far] {
                const auto self = weak.lock();
                if (self && !c->over) self->send(call_type::progress, c->number, so_far);
            });
        };
        under_way(c, which->refresh_schema(std::move(progress), std::move(done)));
    });
}

void connection::pool(const call_ptr& c, by_id what) {
    with_datasource(c, std::move(what.id), [this, c](const datasource_ptr& which) {
        send(call_type::sessions, c->number, which->pool());
        over(c);
    });
}

void connection::check_secrets(const call_ptr& c, daemon::check_secrets what) {
    hub_->host->check_secrets(
        what.mode,
        answering<secrets_report>(
            c,
            [c](connection& self, result<secrets_report>& found) {
                self.send(call_type::secrets, c->number, *found);
            }
        )
    );
}

void connection::doctor(const call_ptr& c, nothing) {
    using all = std::vector<doctor_finding>;
    hub_->host->doctor(answering<all>(c, [c](connection& self, result<all>& found) {
        self.send(call_type::findings, c->number, findings{std::move(*found)});
    }));
}

void connection::stats(const call_ptr& c, nothing) {
    hub_->host->stats(answering<host_stats>(c, [c](connection& self, result<host_stats>& found) {
        found->clients = self.hub_->clients;
        self.send(call_type::figures, c->number, *found);
    }));
}

}  // namespace qry::daemon
