#include "service/host_service.hpp"

#include <algorithm>
#include <chrono>
#include <future>
#include <utility>

#include <unistd.h>

#include "base/errors.hpp"
#include "service/deferred.hpp"
#include "service/doctor.hpp"
#include "service/settings.hpp"
#include "service/worker_figures.hpp"

namespace qry {

result<host_ptr> host::open(host_options options) {
    auto shared = service::context::open(std::move(options));
    if (!shared) return std::move(shared).error();
    return host_ptr(std::make_shared<service::host_service>(std::move(*shared)));
}

}  // namespace qry

namespace qry::service {

namespace {

std::set<std::string> names_of(
    const std::vector<std::string>& stored, const std::map<std::string, secret>& given
) {
    std::set<std::string> names(stored.begin(), stored.end());
    for (const auto& [name, text] : given) {
        if (text.empty()) {
            names.erase(name);
        } else {
            names.insert(name);
        }
    }
    return names;
}

// An edit without a version is made again when another host was faster.
constexpr int edit_attempts = 5;

// Longer than the grace of a session that is being cancelled.
constexpr auto closing_patience = std::chrono::seconds(5);

// A loop that is busy for so long has its workers left out of the figures.
constexpr auto figures_patience = std::chrono::milliseconds(500);

}  // namespace

host_service::host_service(context_ptr shared, callers whose)
    : shared_(std::move(shared)), callers_(whose) {}

// Sessions say goodbye to their servers first, unless one of them hangs.
host_service::~host_service() {
    const bool here = !shared_->on_own_thread();
    if (shared_->close()) {
        auto promise = std::make_shared<std::promise<void>>();
        auto closed = promise->get_future();
        close_all([promise](const result<void>&) { promise->set_value(); });
        if (here) closed.wait_for(closing_patience);
    }
    // The registry is closed with the last reference, which should be ours and not that of a
    // thread which the end of the process cuts short.
    if (here) shared_->settle(closing_patience);
}

template <class T, class Work>
void host_service::run(completion<T> done, Work work) {
    if (shared_->closed()) return done(base::closed_error("the host"));
    shared_->on_store_thread([self = shared_from_this(),
                              held = std::make_shared<completion<T>>(std::move(done)),
                              task = std::make_shared<Work>(std::move(work))] {
        if (self->shared_->closed()) return (*held)(base::closed_error("the host"));
        (*held)((*task)(*self));
    });
}

host_service::entry_ptr host_service::entry_of(store::datasource_row row) {
    std::lock_guard lock(mutex_);
    entry_ptr& entry = entries_[row.id];
    if (entry) {
        entry->update(std::move(row), std::nullopt);
    } else {
        entry = std::make_shared<datasource_entry>(shared_, std::move(row));
    }
    return entry;
}

const registry::catalog& host_service::drivers() const noexcept {
    return shared_->plugins();
}

std::string host_service::registry_location() const {
    return shared_->location();
}

result<datasource_ptr> host_service::create_now(datasource_spec& spec) {
    auto settled = settle_files(shared_->plugins(), spec.driver, spec.params, callers_);
    if (!settled) return std::move(settled).error();
    store::datasource_row row = to_row(spec, shared_->isolation());
    auto checked = check_settings(shared_->plugins(), row, names_of({}, spec.secrets));
    if (!checked) return std::move(checked).error();
    auto tokens = shared_->vault().seal(spec.secrets);
    if (!tokens) return std::move(tokens).error();
    auto stored = shared_->registry().create(std::move(row), *tokens, shared_->actor());
    if (!stored) return std::move(stored).error();
    if (spec.checked_at) {
        const auto connected = connection_state::connected;
        auto kept = shared_->registry().set_state(
            stored->id, stored->version, connected, {}, *spec.checked_at
        );
        if (kept && *kept) {
            stored->state = connected;
            stored->checked_at = spec.checked_at;
        }
    }
    return datasource_ptr(entry_of(std::move(*stored)));
}

void host_service::create(datasource_spec spec, completion<datasource_ptr> done) {
    run(std::move(done),
        [spec = std::move(spec)](host_service& self) mutable { return self.create_now(spec); });
}

void host_service::get(std::string name, completion<datasource_ptr> done) {
    run(std::move(done), [name = std::move(name)](host_service& self) -> result<datasource_ptr> {
        auto row = self.shared_->registry().get(name);
        if (!row) return std::move(row).error();
        auto head = self.shared_->registry().head_of_snapshot(row->id);
        auto entry = self.entry_of(*row);
        if (head) entry->update(std::move(*row), std::move(*head));
        return datasource_ptr(std::move(entry));
    });
}

result<std::vector<datasource_ptr>> host_service::list_now() {
    auto rows = shared_->registry().list();
    if (!rows) return std::move(rows).error();
    // Without them the list is as good, but for the age of schemas that nobody has used here.
    auto heads = shared_->registry().heads_of_snapshots();
    std::map<std::string, store::snapshot_head> by_id;
    if (heads) {
        for (store::snapshot_head& head : *heads)
            by_id.emplace(head.datasource_id, std::move(head));
    }
    std::vector<datasource_ptr> all;
    for (auto& row : *rows) {
        auto entry = entry_of(row);
        if (auto head = by_id.extract(row.id)) {
            entry->update(std::move(row), std::move(head.mapped()));
        }
        all.push_back(std::move(entry));
    }
    return all;
}

void host_service::list(completion<std::vector<datasource_ptr>> done) {
    run(std::move(done), [](host_service& self) { return self.list_now(); });
}

result<datasource_ptr> host_service::update_now(
    const std::string& name, datasource_change& change
) {
    auto& registry = shared_->registry();
    auto row = registry.get(name);
    if (!row) return std::move(row).error();
    const std::int64_t expected = change.version.value_or(row->version);
    auto settled = settle_files(shared_->plugins(), row->driver, change.params, callers_);
    if (!settled) return std::move(settled).error();
    apply(change, *row);
    auto names = names_of(row->secret_names, change.secrets);
    auto checked = check_settings(shared_->plugins(), *row, names);
    if (!checked) return std::move(checked).error();
    auto tokens = shared_->vault().seal(change.secrets);
    if (!tokens) return std::move(tokens).error();
    auto stored = registry.update(*row, expected, *tokens, shared_->actor());
    if (!stored) return std::move(stored).error();
    return datasource_ptr(entry_of(std::move(*stored)));
}

void host_service::update(
    std::string name, datasource_change change, completion<datasource_ptr> done
) {
    run(std::move(done),
        [name = std::move(name), change = std::move(change)](host_service& self) mutable {
            for (int attempt = 1;; ++attempt) {
                auto outcome = self.update_now(name, change);
                const bool lost_race = !outcome && outcome.error().kind == status::conflict &&
                                       !change.version && !change.new_name;
                if (!lost_race || attempt == edit_attempts) return outcome;
            }
        });
}

void host_service::remove(std::string name, completion<void> done) {
    run(std::move(done), [name = std::move(name)](host_service& self) -> result<void> {
        auto row = self.shared_->registry().get(name);
        if (!row) return std::move(row).error();
        auto removed = self.shared_->registry().remove(name, self.shared_->actor());
        if (!removed) return removed;
        entry_ptr entry;
        {
            std::lock_guard lock(self.mutex_);
            auto node = self.entries_.extract(row->id);
            if (!node.empty()) entry = std::move(node.mapped());
        }
        if (entry) entry->removed();
        return {};
    });
}

operation_ptr host_service::check(
    datasource_spec spec,
    callback<void(const test_step_report&)> on_step,
    completion<test_report> done
) {
    auto waiting = std::make_shared<deferred<test_report>>(std::move(done));
    if (shared_->closed()) {
        waiting->fail(base::closed_error("the host"));
        return waiting;
    }
    using steps = callback<void(const test_step_report&)>;
    shared_->on_store_thread([shared = shared_,
                              waiting,
                              whose = callers_,
                              held = std::make_shared<datasource_spec>(std::move(spec)),
                              sink = std::make_shared<steps>(std::move(on_step))] {
        auto settled = settle_files(shared->plugins(), held->driver, held->params, whose);
        if (!settled) return waiting->fail(std::move(settled).error());
        const store::datasource_row row = to_row(*held, shared->isolation());
        auto params = check_settings(shared->plugins(), row, names_of({}, held->secrets));
        if (!params) return waiting->fail(std::move(params).error());
        auto driver = shared->driver(row);
        if (!driver) return waiting->fail(std::move(driver).error());
        auto runtime = session::make_runtime(
            shared->loops(),
            std::move(*driver),
            to_target(row, std::move(*params), std::move(held->secrets))
        );
        waiting->begin([&](completion<test_report> then) {
            return runtime->test(
                std::move(*sink),
                [runtime, shared, keep = std::move(then)](result<test_report> report) mutable {
                    // Its session closes on the loops, which must last until it has.
                    runtime->close(
                        session::runtime::ending::cancel, [runtime, shared](const result<void>&) {}
                    );
                    keep(std::move(report));
                }
            );
        });
    });
    return waiting;
}

void host_service::check_secrets(rotate_mode mode, completion<secrets_report> done) {
    run(std::move(done), [mode](host_service& self) { return self.shared_->vault().check(mode); });
}

void host_service::doctor(completion<std::vector<doctor_finding>> done) {
    run(std::move(done), [](host_service& self) -> result<std::vector<doctor_finding>> {
        return examine(*self.shared_);
    });
}

host_stats host_service::stats_now() {
    host_stats out;
    out.version = version();
    out.opened_at = shared_->opened_at();
    out.pid = getpid();
    {
        std::lock_guard lock(mutex_);
        for (const auto& [id, entry] : entries_)
            out.datasources.push_back(entry->stats());
    }
    std::sort(out.datasources.begin(), out.datasources.end(), [](const auto& a, const auto& b) {
        return a.name < b.name;
    });
    out.workers = worker_figures(shared_->workers(), figures_patience);
    return out;
}

void host_service::stats(completion<host_stats> done) {
    if (shared_->closed()) return done(base::closed_error("the host"));
    // Workers are asked on the loops, which a loop must not wait for.
    shared_->on_work_thread([self = shared_from_this(),
                             held = std::make_shared<completion<host_stats>>(std::move(done))] {
        (*held)(self->stats_now());
    });
}

void host_service::close(completion<void> done) {
    if (!shared_->close()) return done(result<void>{});
    close_all(std::move(done));
}

void host_service::close_all(completion<void> done) {
    std::map<std::string, entry_ptr> entries;
    {
        std::lock_guard lock(mutex_);
        entries = std::exchange(entries_, {});
    }
    // When the last entry has closed, the deleter of this token has the workers end.
    std::shared_ptr<completion<void>> all(
        new completion<void>(std::move(done)),
        [shared = shared_](completion<void>* last) {
            shared->end_workers([held = std::unique_ptr<completion<void>>(last)] {
                (*held)(result<void>{});
            });
        }
    );
    for (auto& [id, entry] : entries) {
        entry->close(
            session::runtime::ending::cancel,
            base::closed_error("the host"),
            [all](const result<void>&) {}
        );
    }
}

}  // namespace qry::service
