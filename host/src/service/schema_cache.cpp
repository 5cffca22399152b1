#include "service/schema_cache.hpp"

#include <utility>

#include "base/errors.hpp"
#include "schema/image.hpp"
#include "service/schema_refresh.hpp"

namespace qry::service {

namespace {

using wall = std::chrono::system_clock;

// What the first reading of a datasource tells: every table is new.
schema_diff all_added(const schema_snapshot& now) {
    schema_diff diff;
    for (std::uint32_t i = 0; i < now.table_count(); ++i) {
        const table_view table = now.table(i);
        std::string name = table.schema() ? std::string(*table.schema()) + "." : std::string();
        name += table.name();
        diff.added.push_back({schema_change::object::table, std::move(name), {}, {}});
    }
    return diff;
}

}  // namespace

class schema_cache::ticket_operation final : public operation {
public:
    ticket_operation(std::weak_ptr<schema_cache> owner, schema::ticket who) noexcept
        : owner_(std::move(owner)), who_(who) {}
    void cancel() noexcept override {
        if (auto owner = owner_.lock()) owner->abandon(who_);
    }

private:
    std::weak_ptr<schema_cache> owner_;
    schema::ticket who_;
};

schema_cache::schema_cache(
    context_ptr shared, std::string id, std::string plugin, std::string config_hash
)
    : shared_(std::move(shared)),
      id_(std::move(id)),
      plugin_(std::move(plugin)),
      fsm_(std::move(config_hash), {.stale_after = stale_after}) {}

operation_ptr schema_cache::get(
    runtime_source from, std::optional<duration> max_age, completion<schema_ptr> done
) {
    schema::ticket who = 0;
    bool loaded = false;
    {
        std::lock_guard lock(mutex_);
        who = next_ticket_++;
        from_ = std::move(from);
        loaded = loaded_;
        waiting_[who].snapshot = std::move(done);
    }
    auto handle = std::make_shared<ticket_operation>(weak_from_this(), who);
    if (loaded) {
        ask(who, max_age);
        return handle;
    }
    shared_->on_store_thread([self = shared_from_this(), who, max_age] {
        self->load_once();
        self->ask(who, max_age);
    });
    return handle;
}

operation_ptr schema_cache::refresh(
    runtime_source from, progress on_progress, completion<schema_diff> done
) {
    schema::ticket who = 0;
    {
        std::lock_guard lock(mutex_);
        who = next_ticket_++;
        from_ = std::move(from);
        auto& entry = waiting_[who];
        entry.diff = std::move(done);
        if (on_progress) entry.on_progress = std::make_shared<progress>(std::move(on_progress));
    }
    // What the registry holds is what the changes are told against.
    shared_->on_store_thread([self = shared_from_this(), who] {
        self->load_once();
        schema::cache_actions actions;
        {
            std::lock_guard lock(self->mutex_);
            if (self->waiting_.contains(who)) actions = self->fsm_.refresh_requested(who);
        }
        self->perform(std::move(actions));
    });
    return std::make_shared<ticket_operation>(weak_from_this(), who);
}

void schema_cache::load_once() {
    {
        std::lock_guard lock(mutex_);
        if (loaded_) return;
    }
    schema_ptr found;
    // A snapshot that does not load is read anew from the database: it is a cache.
    if (auto row = shared_->registry().load_snapshot(id_); row && *row) {
        if (auto made = schema::load((*row)->bytes)) found = renewed(*made, (*row)->taken_at);
    }
    std::lock_guard lock(mutex_);
    loaded_ = true;
    if (found) fsm_.loaded(std::move(found));
}

void schema_cache::ask(schema::ticket who, std::optional<duration> max_age) {
    schema::cache_actions actions;
    {
        std::lock_guard lock(mutex_);
        // Abandoned while the registry was read.
        if (!waiting_.contains(who)) return;
        actions = fsm_.get(who, max_age, wall::now());
    }
    perform(std::move(actions));
}

void schema_cache::perform(schema::cache_actions actions) {
    const auto take = [this](schema::ticket who) {
        std::lock_guard lock(mutex_);
        auto node = waiting_.extract(who);
        return node.empty() ? waiter{} : std::move(node.mapped());
    };
    for (auto& action : actions) {
        if (auto* give = std::get_if<schema::serve>(&action)) {
            waiter to = take(give->to);
            if (to.snapshot) to.snapshot(give->snapshot);
            if (to.diff) {
                to.diff(
                    give->previous ? compare(*give->previous, *give->snapshot)
                                   : all_added(*give->snapshot)
                );
            }
        } else if (auto* no = std::get_if<schema::refuse>(&action)) {
            waiter to = take(no->to);
            if (to.snapshot) to.snapshot(no->why);
            if (to.diff) to.diff(no->why);
        } else if (auto* begin = std::get_if<schema::start_refresh>(&action)) {
            start(*begin);
        } else if (std::holds_alternative<schema::cancel_refresh>(action)) {
            std::shared_ptr<schema_refresh> running;
            {
                std::lock_guard lock(mutex_);
                running = std::move(running_);
            }
            if (running) running->cancel();
        }
        // keep: schema_refresh has stored it before it reported, under its claim.
    }
}

void schema_cache::start(const schema::start_refresh& what) {
    std::shared_ptr<schema_refresh> run;
    {
        std::lock_guard lock(mutex_);
        run = std::make_shared<schema_refresh>(shared_from_this(), what, from_);
        running_ = run;
    }
    shared_->on_store_thread([run] { run->begin(); });
}

void schema_cache::finished(std::uint64_t attempt, result<schema_ptr> outcome) {
    schema::cache_actions actions;
    {
        std::lock_guard lock(mutex_);
        if (running_ && running_->attempt() == attempt) running_.reset();
        actions = outcome ? fsm_.refresh_done(attempt, std::move(*outcome))
                          : fsm_.refresh_failed(attempt, outcome.error(), wall::now());
    }
    perform(std::move(actions));
}

void schema_cache::report(const refresh_progress& so_far) {
    std::vector<std::shared_ptr<progress>> sinks;
    {
        std::lock_guard lock(mutex_);
        for (const auto& [who, entry] : waiting_) {
            if (entry.on_progress) sinks.push_back(entry.on_progress);
        }
    }
    for (const auto& sink : sinks)
        (*sink)(so_far);
}

void schema_cache::abandon(schema::ticket who) {
    waiter gone;
    schema::cache_actions actions;
    {
        std::lock_guard lock(mutex_);
        auto node = waiting_.extract(who);
        if (node.empty()) return;
        gone = std::move(node.mapped());
        actions = fsm_.abandoned(who);
    }
    if (gone.snapshot) gone.snapshot(base::cancelled_error());
    if (gone.diff) gone.diff(base::cancelled_error());
    perform(std::move(actions));
}

schema_ptr schema_cache::snapshot() const {
    std::lock_guard lock(mutex_);
    return fsm_.snapshot();
}

bool schema_cache::stale() const {
    std::lock_guard lock(mutex_);
    return fsm_.state(wall::now()) != schema::cache_state::fresh;
}

void schema_cache::reconfigured(std::string config_hash) {
    schema::cache_actions actions;
    {
        std::lock_guard lock(mutex_);
        actions = fsm_.reconfigured(std::move(config_hash));
    }
    perform(std::move(actions));
}

void schema_cache::close(const error& why) {
    schema::cache_actions actions;
    std::map<schema::ticket, waiter> left;
    {
        std::lock_guard lock(mutex_);
        actions = fsm_.closed(why);
    }
    perform(std::move(actions));
    {
        std::lock_guard lock(mutex_);
        left = std::move(waiting_);
        waiting_.clear();
    }
    // Those who had not been asked for yet.
    for (auto& [who, entry] : left) {
        if (entry.snapshot) entry.snapshot(why);
        if (entry.diff) entry.diff(why);
    }
}

}  // namespace qry::service
