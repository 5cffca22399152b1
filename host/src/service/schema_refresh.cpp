#include "service/schema_refresh.hpp"

#include <utility>

#include <boost/asio/steady_timer.hpp>

#include "base/errors.hpp"
#include "schema/image.hpp"

namespace qry::service {

namespace {

constexpr const char* claim = "schema";
// A host that died while it held the claim keeps the others waiting for so long.
constexpr auto claim_life = std::chrono::seconds(5);
constexpr auto claim_renewal = std::chrono::seconds(1);
constexpr auto other_host_pause = std::chrono::milliseconds(250);
// Large SAP landscapes take minutes; the limit of a query would be too short.
constexpr auto refresh_limit = std::chrono::minutes(15);
// Numbers of rows change without a change of the schema, so from time to time all is read anew.
constexpr auto longest_unread = std::chrono::hours(24);

std::string stage_name(std::int32_t part) {
    switch (part) {
        case QRY_INTROSPECT_TABLES:
            return "tables";
        case QRY_INTROSPECT_COLUMNS:
            return "columns";
        default:
            return "keys";
    }
}

}  // namespace

schema_refresh::schema_refresh(
    std::shared_ptr<schema_cache> cache,
    const schema::start_refresh& what,
    schema_cache::runtime_source from
)
    : cache_(std::move(cache)),
      what_(what),
      from_(std::move(from)),
      asked_at_(std::chrono::system_clock::now()),
      generation_(what.generation),
      builder_(cache_->plugin_) {}

void schema_refresh::begin() {
    if (cancelled_) return fail(base::cancelled_error());
    auto& registry = cache_->shared_->registry();
    auto claimed = registry.try_claim(cache_->id_, claim, cache_->shared_->owner(), claim_life);
    if (!claimed) return fail(std::move(claimed).error());
    auto newer = stored_meanwhile();
    if (!newer) return fail(std::move(newer).error());
    if (*newer) {
        if (*claimed) {
            (void)registry.release_claim(cache_->id_, claim, cache_->shared_->owner());
        }
        return end(std::move(*newer));
    }
    if (!*claimed) return wait_for_other_host();
    introspect();
}

result<schema_ptr> schema_refresh::stored_meanwhile() {
    auto& registry = cache_->shared_->registry();
    auto head = registry.head_of_snapshot(cache_->id_);
    if (!head) return std::move(head).error();
    there_ = cache_->snapshot();
    if (there_ && there_->config_hash() != what_.config_hash) there_.reset();
    if (!*head) return schema_ptr();
    generation_ = std::max(generation_, (*head)->generation + 1);
    if ((*head)->taken_at < asked_at_ || (*head)->config_hash != what_.config_hash) {
        return schema_ptr();
    }
    if (there_ && there_->generation() == (*head)->generation) {
        return renewed(there_, (*head)->taken_at);
    }
    auto row = registry.load_snapshot(cache_->id_);
    if (!row) return std::move(row).error();
    if (!*row) return schema_ptr();
    // Damaged: read it ourselves.
    auto made = schema::load((*row)->bytes);
    return made ? renewed(*made, (*row)->taken_at) : schema_ptr();
}

bool schema_refresh::is_known(const std::string& digest) {
    digest_ = digest;
    if (!there_ || there_->digest().empty() || there_->digest() != digest) return false;
    unchanged_ = std::chrono::system_clock::now() - there_->read_at() < longest_unread;
    return unchanged_;
}

void schema_refresh::wait_for_other_host() {
    auto timer = std::make_shared<boost::asio::steady_timer>(
        cache_->shared_->loops().next_loop(), other_host_pause
    );
    timer->async_wait([self = shared_from_this(), timer](const boost::system::error_code&) {
        self->cache_->shared_->on_store_thread([self] { self->begin(); });
    });
}

void schema_refresh::introspect() {
    auto runtime = from_();
    if (!runtime) return fail(std::move(runtime).error());
    keep_claim();
    session::introspection_sink sink;
    sink.on_digest = [self = shared_from_this()](const std::string& digest) {
        return !self->is_known(digest);
    };
    sink.on_schema = [self = shared_from_this()](std::int32_t part, unique_schema layout) {
        auto held = std::make_shared<unique_schema>(std::move(layout));
        self->cache_->shared_->on_work_thread([self, part, held] {
            if (self->built_) self->built_ = self->builder_.begin_part(part, *held->get());
        });
    };
    sink.on_batch = [self = shared_from_this()](std::int32_t part, unique_array batch) {
        auto held = std::make_shared<unique_array>(std::move(batch));
        self->cache_->shared_->on_work_thread([self, part, held] {
            self->build(part, std::move(*held));
        });
    };
    auto reading = (*runtime)->introspect(
        refresh_limit,
        std::move(sink),
        [self = shared_from_this()](result<void> outcome) {
            auto held = std::make_shared<result<void>>(std::move(outcome));
            self->cache_->shared_->on_work_thread([self, held] {
                self->introspected(std::move(*held));
            });
        }
    );
    bool late = false;
    {
        std::lock_guard lock(mutex_);
        reading_ = reading;
        late = cancelled_;
    }
    if (late) reading->cancel();
}

void schema_refresh::build(std::int32_t part, unique_array batch) {
    if (!built_) return;
    built_ = builder_.add_batch(part, *batch.get());
    if (built_) cache_->report({stage_name(part), builder_.rows(part)});
}

void schema_refresh::introspected(result<void> outcome) {
    if (!outcome) return fail(std::move(outcome).error());
    if (unchanged_) {
        return cache_->shared_->on_store_thread([self = shared_from_this()] { self->renew(); });
    }
    if (!built_) return fail(std::move(built_).error());
    auto made = builder_.finish(
        {generation_, std::chrono::system_clock::now(), what_.config_hash, std::move(digest_)}
    );
    if (!made) return fail(std::move(made).error());
    cache_->shared_->on_store_thread([self = shared_from_this(), snapshot = std::move(*made)] {
        self->store(snapshot);
    });
}

void schema_refresh::renew() {
    auto& registry = cache_->shared_->registry();
    // As of when it was asked: what changed while the answer travelled is not in it.
    schema_ptr snapshot = renewed(there_, asked_at_);
    auto written = registry.renew_snapshot(
        {.datasource_id = cache_->id_,
         .generation = snapshot->generation(),
         .config_hash = what_.config_hash,
         .taken_at = snapshot->taken_at()}
    );
    if (!written) return fail(std::move(written).error());
    // Somebody deleted the row, or damaged it.
    if (!*written) return store(std::move(snapshot));
    ended_ = true;
    (void)registry.release_claim(cache_->id_, claim, cache_->shared_->owner());
    end(std::move(snapshot));
}

void schema_refresh::store(schema_ptr snapshot) {
    auto& registry = cache_->shared_->registry();
    store::snapshot_row row;
    row.datasource_id = cache_->id_;
    row.generation = snapshot->generation();
    row.config_hash = std::string(snapshot->config_hash());
    row.taken_at = snapshot->taken_at();
    row.bytes = schema::serialize(*snapshot);
    auto saved = registry.save_snapshot(row);
    ended_ = true;
    (void)registry.release_claim(cache_->id_, claim, cache_->shared_->owner());
    if (!saved) return end(std::move(saved).error());
    end(std::move(snapshot));
}

void schema_refresh::fail(error why) {
    cache_->shared_->on_store_thread([self = shared_from_this(),
                                      held = std::make_shared<error>(std::move(why))] {
        self->ended_ = true;
        (void)self->cache_->shared_->registry().release_claim(
            self->cache_->id_, claim, self->cache_->shared_->owner()
        );
        self->end(std::move(*held));
    });
}

void schema_refresh::end(result<schema_ptr> outcome) {
    ended_ = true;
    cache_->finished(what_.attempt, std::move(outcome));
}

// A long query delivers nothing for a while, so time renews the claim, not progress.
void schema_refresh::keep_claim() {
    auto timer = std::make_shared<boost::asio::steady_timer>(
        cache_->shared_->loops().next_loop(), claim_renewal
    );
    timer->async_wait([self = shared_from_this(), timer](const boost::system::error_code&) {
        if (self->ended_) return;
        self->cache_->shared_->on_store_thread([self] {
            if (self->ended_) return;
            (void)self->cache_->shared_->registry().try_claim(
                self->cache_->id_, claim, self->cache_->shared_->owner(), claim_life
            );
            self->keep_claim();
        });
    });
}

void schema_refresh::cancel() {
    operation_ptr reading;
    {
        std::lock_guard lock(mutex_);
        cancelled_ = true;
        reading = reading_;
    }
    if (reading) reading->cancel();
}

}  // namespace qry::service
