#include "schema/cache_fsm.hpp"

#include <algorithm>
#include <utility>

namespace qry::schema {

using std::chrono::nanoseconds;

cache_fsm::cache_fsm(std::string config_hash, cache_limits limits)
    : config_hash_(std::move(config_hash)), limits_(limits) {}

nanoseconds cache_fsm::age(time_point now) const {
    // A clock that was set back makes a snapshot new, not older than everything.
    return std::max(nanoseconds(now - snapshot_->taken_at()), nanoseconds(0));
}

bool cache_fsm::is_stale(time_point now) const {
    return age(now) > limits_.stale_after;
}

void cache_fsm::loaded(schema_ptr snapshot) {
    if (!snapshot) return;
    // Even one of another configuration uses up its generation.
    generation_ = std::max(generation_, snapshot->generation());
    if (snapshot->config_hash() != config_hash_) return;
    if (snapshot_) {
        if (snapshot_->generation() > snapshot->generation()) return;
        const bool same = snapshot_->generation() == snapshot->generation();
        if (same && snapshot_->taken_at() >= snapshot->taken_at()) return;
    }
    snapshot_ = std::move(snapshot);
}

void cache_fsm::wait(ticket who, cache_actions& out) {
    waiting_.push_back(who);
    if (!flight_) begin(false, out);
}

void cache_fsm::begin(bool behind, cache_actions& out) {
    flight_ = flight{++attempts_, behind};
    out.push_back(start_refresh{attempts_, generation_ + 1, config_hash_});
}

void cache_fsm::refuse_all(const error& why, cache_actions& out) {
    for (const ticket who : std::exchange(waiting_, {}))
        out.push_back(refuse{who, why});
}

cache_actions cache_fsm::get(ticket who, std::optional<nanoseconds> max_age, time_point now) {
    cache_actions out;
    if (!snapshot_ || (max_age && age(now) > *max_age)) {
        wait(who, out);
        return out;
    }
    out.push_back(serve{who, snapshot_, nullptr});
    const bool rests = failed_at_ && now - *failed_at_ < limits_.retry_after;
    if (is_stale(now) && !flight_ && !rests) begin(true, out);
    return out;
}

cache_actions cache_fsm::refresh_requested(ticket who) {
    cache_actions out;
    wait(who, out);
    return out;
}

cache_actions cache_fsm::refresh_done(std::uint64_t attempt, schema_ptr snapshot) {
    cache_actions out;
    if (!flight_ || flight_->attempt != attempt || !snapshot) return out;
    flight_.reset();
    failed_at_.reset();
    generation_ = std::max(generation_, snapshot->generation());
    const schema_ptr previous = std::exchange(snapshot_, std::move(snapshot));
    out.push_back(keep{snapshot_});
    for (const ticket who : std::exchange(waiting_, {})) {
        out.push_back(serve{who, snapshot_, previous});
    }
    return out;
}

cache_actions cache_fsm::refresh_failed(std::uint64_t attempt, const error& why, time_point now) {
    cache_actions out;
    if (!flight_ || flight_->attempt != attempt) return out;
    flight_.reset();
    failed_at_ = now;
    refuse_all(why, out);
    return out;
}

cache_actions cache_fsm::reconfigured(std::string config_hash) {
    cache_actions out;
    if (config_hash == config_hash_) return out;
    config_hash_ = std::move(config_hash);
    snapshot_.reset();
    failed_at_.reset();
    if (!flight_) return out;
    out.push_back(cancel_refresh{flight_->attempt});
    flight_.reset();
    // Those who wait asked for the datasource, whatever it points to: they get the new schema.
    if (!waiting_.empty()) begin(false, out);
    return out;
}

cache_actions cache_fsm::abandoned(ticket who) {
    cache_actions out;
    if (std::erase(waiting_, who) == 0) return out;
    if (flight_ && !flight_->behind && waiting_.empty()) {
        out.push_back(cancel_refresh{flight_->attempt});
        flight_.reset();
    }
    return out;
}

cache_actions cache_fsm::closed(const error& why) {
    cache_actions out;
    if (flight_) out.push_back(cancel_refresh{flight_->attempt});
    flight_.reset();
    refuse_all(why, out);
    return out;
}

cache_state cache_fsm::state(time_point now) const {
    if (!snapshot_) return cache_state::none;
    if (flight_) return cache_state::refreshing;
    return is_stale(now) ? cache_state::stale : cache_state::fresh;
}

}  // namespace qry::schema
