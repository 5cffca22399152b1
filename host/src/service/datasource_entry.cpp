#include "service/datasource_entry.hpp"

#include <utility>

#include "base/errors.hpp"
#include "service/deferred.hpp"
#include "service/settings.hpp"

namespace qry::service {

namespace {

// How long an edit made by another host may go unnoticed.
constexpr auto edit_notice = std::chrono::seconds(5);

// The registry knows a row by its id, which nobody else has ever seen.
error by_name(error why, const store::datasource_row& row) {
    if (why.kind == status::not_found && why.datasource == row.id) {
        return base::removed_error(row.name);
    }
    return why;
}

template <class T>
completion<T> by_name(completion<T> done, const store::datasource_row& row) {
    return [done = std::move(done), row](result<T> r) mutable {
        if (!r) return done(by_name(std::move(r).error(), row));
        done(std::move(r));
    };
}

}  // namespace

struct datasource_entry::live {
    live(context_ptr c, std::shared_ptr<session::runtime> r)
        : shared(std::move(c)), runtime(std::move(r)) {}
    live(const live&) = delete;
    live& operator=(const live&) = delete;
    ~live() {
        // Sessions close on the loops, which therefore must last until they have.
        runtime->close(
            session::runtime::ending::drain,
            [held = runtime, loops = shared](const result<void>&) {}
        );
    }
    context_ptr shared;
    std::shared_ptr<session::runtime> runtime;
};

datasource_entry::datasource_entry(context_ptr shared, store::datasource_row row)
    : shared_(std::move(shared)),
      schema_(std::make_shared<schema_cache>(shared_, row.id, row.driver, config_hash(row))),
      counters_(std::make_shared<session::counters>()),
      row_(std::move(row)),
      looked_at_(std::chrono::steady_clock::now()) {}

datasource_entry::~datasource_entry() = default;

std::shared_ptr<datasource_entry::live> datasource_entry::current() const {
    std::lock_guard lock(mutex_);
    return live_;
}

store::datasource_row datasource_entry::row() const {
    std::lock_guard lock(mutex_);
    return row_;
}

datasource_info datasource_entry::info() const {
    const schema_ptr cached = schema_->snapshot();
    const bool stale = schema_->stale();
    std::lock_guard lock(mutex_);
    datasource_info info = to_info(row_);
    if (cached) {
        info.schema_taken_at = cached->taken_at();
        info.schema_stale = stale;
    } else if (head_ && head_->config_hash == config_hash(row_)) {
        info.schema_taken_at = head_->taken_at;
        info.schema_stale =
            std::chrono::system_clock::now() - head_->taken_at > schema_cache::stale_after;
    }
    return info;
}

result<std::shared_ptr<session::runtime>> datasource_entry::ensure_runtime() {
    if (auto there = current()) return there->runtime;
    if (auto why = ended()) return *why;
    const store::datasource_row row = this->row();
    const auto named = [&row](error why) {
        why = by_name(std::move(why), row);
        if (why.datasource.empty()) why.datasource = row.name;
        return why;
    };
    if (!row.damage.empty()) {
        return named(
            {.kind = status::connection_failed,
             .message = "the stored row of '" + row.name + "' is damaged: " + row.damage,
             .hint = "restore the registry from a backup, or remove and add the datasource again",
             .from = origin::host}
        );
    }
    auto secrets = shared_->vault().open(row.id, row.name);
    if (!secrets) return named(std::move(secrets).error());
    std::set<std::string> names;
    for (const auto& [name, text] : *secrets)
        names.insert(name);
    auto params = check_settings(shared_->plugins(), row, names);
    if (!params) return named(std::move(params).error());
    auto driver = shared_->driver(row);
    if (!driver) return named(std::move(driver).error());
    auto made = std::make_shared<live>(
        shared_,
        session::make_runtime(
            shared_->loops(),
            std::move(*driver),
            to_target(row, std::move(*params), std::move(*secrets)),
            counters_
        )
    );
    std::lock_guard lock(mutex_);
    if (ended_) return named(*ended_);
    live_ = made;
    return made->runtime;
}

operation_ptr datasource_entry::execute(query what, completion<result_ptr> done) {
    look_for_edits();
    if (auto there = current()) return there->runtime->execute(std::move(what), std::move(done));
    auto waiting = std::make_shared<deferred<result_ptr>>(std::move(done));
    shared_->on_store_thread(
        [self = shared_from_this(), waiting, held = std::make_shared<query>(std::move(what))] {
            auto runtime = self->ensure_runtime();
            if (!runtime) {
                self->counters_->began();
                self->counters_->refused(runtime.error().kind);
                return waiting->fail(std::move(runtime).error());
            }
            waiting->begin([&](completion<result_ptr> then) {
                return (*runtime)->execute(std::move(*held), std::move(then));
            });
        }
    );
    return waiting;
}

operation_ptr datasource_entry::test(
    callback<void(const test_step_report&)> on_step, completion<test_report> done
) {
    auto waiting = std::make_shared<deferred<test_report>>(std::move(done));
    using steps = callback<void(const test_step_report&)>;
    shared_->on_store_thread(
        [self = shared_from_this(), waiting, sink = std::make_shared<steps>(std::move(on_step))] {
            // A test is what an admin does after a change somewhere else: look at the row first.
            self->reread();
            auto runtime = self->ensure_runtime();
            const std::int64_t version = self->row().version;
            if (!runtime) {
                test_report failed;
                failed.failure = runtime.error();
                self->keep_state(version, failed);
                return waiting->fail(std::move(runtime).error());
            }
            waiting->begin([&](completion<test_report> then) {
                auto keep = std::make_shared<completion<test_report>>(std::move(then));
                return (*runtime)->test(
                    std::move(*sink),
                    [self, version, keep](result<test_report> report) {
                        if (!report) return (*keep)(std::move(report));
                        self->shared_->on_store_thread(
                            [self, version, keep, held = std::make_shared<test_report>(*report)] {
                                self->keep_state(version, *held);
                                (*keep)(std::move(*held));
                            }
                        );
                    }
                );
            });
        }
    );
    return waiting;
}

// The outcome of a check, for the list; a row that was edited meanwhile stays unknown.
void datasource_entry::keep_state(std::int64_t version, const test_report& report) {
    const auto now = std::chrono::system_clock::now();
    const auto state = report.ok ? connection_state::connected : connection_state::failed;
    const std::string message = report.failure ? report.failure->message : std::string();
    std::string id = row().id;
    auto written = shared_->registry().set_state(id, version, state, message, now);
    if (!written || !*written) return;
    std::lock_guard lock(mutex_);
    row_.state = state;
    row_.state_message = message;
    row_.checked_at = now;
}

operation_ptr datasource_entry::schema(
    std::optional<duration> max_age, completion<schema_ptr> done
) {
    look_for_edits();
    return schema_->get(source(), max_age, by_name(std::move(done), row()));
}

schema_cache::runtime_source datasource_entry::source() {
    // Weak: the schema cache keeps it, and this keeps the schema cache.
    return [weak = weak_from_this(),
            name = row().name]() -> result<std::shared_ptr<session::runtime>> {
        if (const auto self = weak.lock()) return self->ensure_runtime();
        return base::closed_error("datasource '" + name + "'");
    };
}

schema_ptr datasource_entry::cached_schema() const {
    return schema_->snapshot();
}

operation_ptr datasource_entry::refresh_schema(
    callback<void(const refresh_progress&)> on_progress, completion<schema_diff> done
) {
    return schema_->refresh(source(), std::move(on_progress), by_name(std::move(done), row()));
}

pool_stats datasource_entry::pool() const {
    return counters_->pools();
}

datasource_stats datasource_entry::stats() const {
    const store::datasource_row about = row();
    datasource_stats out;
    out.name = about.name;
    out.driver = about.driver;
    out.isolation = about.isolation;
    counters_->fill(out);
    return out;
}

void datasource_entry::update(store::datasource_row row, std::optional<store::snapshot_head> head) {
    std::shared_ptr<live> old;
    std::string hash;
    {
        std::lock_guard lock(mutex_);
        looked_at_ = std::chrono::steady_clock::now();
        if (head) head_ = std::move(head);
        if (row.version == row_.version && row.name == row_.name) {
            row_ = std::move(row);
            return;
        }
        row_ = std::move(row);
        old = std::move(live_);
        hash = config_hash(row_);
    }
    schema_->reconfigured(std::move(hash));
}

void datasource_entry::look_for_edits() {
    {
        std::lock_guard lock(mutex_);
        const auto now = std::chrono::steady_clock::now();
        if (now - looked_at_ < edit_notice) return;
        looked_at_ = now;
    }
    shared_->on_store_thread([self = shared_from_this()] { self->reread(); });
}

// Store thread only. A row that cannot be read now changes nothing, for the old settings still
// work; one that another host removed ends this datasource.
void datasource_entry::reread() {
    auto fresh = shared_->registry().get_by_id(row().id);
    if (fresh) return update(std::move(*fresh), std::nullopt);
    if (fresh.error().kind == status::not_found) {
        removed();
    }
}

std::optional<error> datasource_entry::ended() const {
    std::lock_guard lock(mutex_);
    return ended_;
}

void datasource_entry::removed() {
    close(
        session::runtime::ending::drain, base::removed_error(row().name), [](const result<void>&) {}
    );
}

void datasource_entry::close(session::runtime::ending how, error why, completion<void> done) {
    std::shared_ptr<live> old;
    {
        std::lock_guard lock(mutex_);
        ended_ = why;
        old = std::move(live_);
    }
    schema_->close(std::move(why));
    if (!old) return done(result<void>{});
    auto runtime = old->runtime;
    runtime->close(how, [old, held = std::move(done)](result<void> r) mutable {
        held(std::move(r));
    });
}

}  // namespace qry::service
