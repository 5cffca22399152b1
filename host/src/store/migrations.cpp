#include "migrations.hpp"

#include <array>

namespace qry::store {

namespace {

// Times are microseconds since 1970. A removed datasource keeps its row for the audit trail, and
// its name may be used again: hence the partial index.
constexpr const char* first_tables = R"sql(
CREATE TABLE {s}schema_version (
    version BIGINT PRIMARY KEY,
    applied_at BIGINT NOT NULL
);
CREATE TABLE {s}datasource (
    id {text} PRIMARY KEY,
    name {text} NOT NULL,
    driver {text} NOT NULL,
    params {text} NOT NULL,
    timeout_ns BIGINT,
    pool_min_size BIGINT NOT NULL,
    pool_max_size BIGINT NOT NULL,
    isolation {text} NOT NULL,
    version BIGINT NOT NULL,
    state {text} NOT NULL,
    state_message {text} NOT NULL,
    checked_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    removed_at BIGINT
);
CREATE UNIQUE INDEX datasource_name ON {s}datasource (name) WHERE removed_at IS NULL;
CREATE TABLE {s}secret (
    datasource_id {text} NOT NULL REFERENCES {s}datasource (id),
    name {text} NOT NULL,
    token {text} NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (datasource_id, name)
);
CREATE TABLE {s}key_check (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    token {text} NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE TABLE {s}snapshot (
    datasource_id {text} PRIMARY KEY REFERENCES {s}datasource (id),
    generation BIGINT NOT NULL,
    config_hash {text} NOT NULL,
    taken_at BIGINT NOT NULL,
    bytes {blob} NOT NULL
);
CREATE TABLE {s}claim (
    datasource_id {text} NOT NULL REFERENCES {s}datasource (id),
    what {text} NOT NULL,
    owner {text} NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (datasource_id, what)
);
CREATE TABLE {s}audit (
    id {serial},
    operation_id {text} NOT NULL UNIQUE,
    at BIGINT NOT NULL,
    actor {text} NOT NULL,
    action {text} NOT NULL,
    datasource_id {text} NOT NULL,
    datasource_name {text} NOT NULL,
    before_json {text} NOT NULL,
    after_json {text} NOT NULL
)
)sql";

constexpr std::array migrations = {migration{1, first_tables}};

error too_new(const connection& db, std::int64_t found) {
    const std::string known = std::to_string(migrations.back().version);
    return {
        .kind = status::unsupported,
        .message = "the registry '" + db.location() + "' has schema version " +
                   std::to_string(found) + "; this qry-host knows versions up to " + known,
        .hint =
            "use the newer qry-host that wrote it, or name another registry with --registry or "
            "QRY_REGISTRY",
        .from = origin::host};
}

result<std::int64_t> version_of(connection& db) {
    auto found = db.inspect();
    if (!found) return std::move(found).error();
    if (*found == contents::empty) return std::int64_t{0};
    auto rows = db.run("SELECT max(version) FROM {s}schema_version", {});
    if (!rows) return std::move(rows).error();
    const auto* version = std::get_if<std::int64_t>(&rows->rows.at(0).at(0));
    return version == nullptr ? 0 : *version;
}

result<void> apply(connection& db, const migration& next) {
    if (next.version == 1) {
        if (auto claimed = db.claim_database(); !claimed) return claimed;
    }
    if (auto done = db.script(next.sql); !done) return done;
    auto now = db.now();
    if (!now) return std::move(now).error();
    const auto micros =
        std::chrono::duration_cast<std::chrono::microseconds>(now->time_since_epoch());
    const std::array<value, 2> parameters = {next.version, std::int64_t{micros.count()}};
    auto noted =
        db.run("INSERT INTO {s}schema_version (version, applied_at) VALUES ($1, $2)", parameters);
    if (!noted) return std::move(noted).error();
    return {};
}

// One step towards the newest version; true = there.
result<bool> step(connection& db) {
    // Looking first means that opening a registry that is up to date waits for no writer.
    if (auto begun = db.begin(access::read); !begun) return std::move(begun).error();
    auto version = version_of(db);
    db.rollback();
    if (!version) return std::move(version).error();
    const std::int64_t newest = migrations.back().version;
    if (*version > newest) return too_new(db, *version);
    if (*version == newest) return true;

    if (auto begun = db.begin(access::write); !begun) return std::move(begun).error();
    auto applied = [&]() -> result<void> {
        if (auto locked = db.lock_for_migration(); !locked) return locked;
        // Somebody else may have been faster.
        auto now_at = version_of(db);
        if (!now_at) return std::move(now_at).error();
        if (*now_at >= newest) return {};
        return apply(db, migrations[static_cast<std::size_t>(*now_at)]);
    }();
    if (applied) applied = db.commit();
    if (!applied) {
        db.rollback();
        return std::move(applied).error();
    }
    return false;
}

}  // namespace

std::span<const migration> known_migrations() noexcept {
    return migrations;
}

result<void> migrate(connection& db) {
    for (;;) {
        auto there = step(db);
        if (!there) return std::move(there).error();
        if (*there) return {};
    }
}

}  // namespace qry::store
