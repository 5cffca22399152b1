// The registry: what must outlive the process. Datasources, their sealed secrets, schema
// snapshots, claims on work, and the audit trail; in one SQLite file or in PostgreSQL.
//
// Every function blocks and is one transaction: afterwards all of it is there, or nothing is. A
// store belongs to one thread at a time; threads and processes that share a registry open one
// each. Errors name the registry, the reason and the next step; no secret is in them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rows.hpp"

#include <qry/result.hpp>

namespace qry::store {

struct open_options {
    // What "now" is; empty = the clock of the database, so that hosts agree on one. For tests.
    std::function<time_point()> clock;
    // How long another writer (SQLite), a lock or an answer (PostgreSQL) is waited for.
    std::chrono::milliseconds patience = std::chrono::seconds(10);
};

class store {
public:
    // `location`: a file's path, ":memory:", "postgresql://…" or "postgres://…". Creates what is
    // missing and migrates what is older.
    [[nodiscard]] static result<std::unique_ptr<store>> open(
        const std::string& location, open_options options = {}
    );
    virtual ~store() = default;

    // The location as it may be shown: a URL without its password.
    [[nodiscard]] virtual const std::string& location() const noexcept = 0;
    // What the registry itself says about its health; empty = nothing is wrong.
    [[nodiscard]] virtual result<std::vector<std::string>> check() = 0;

    // ---- Datasources. `actor` goes to the audit trail.

    // Fills in id (unless given), version 1 and the times. A name that is taken: conflict.
    [[nodiscard]] virtual result<datasource_row> create(
        datasource_row row, const token_changes& tokens, std::string_view actor
    ) = 0;
    // Removed ones are not found. A damaged row is an error here.
    [[nodiscard]] virtual result<datasource_row> get(std::string_view name) = 0;
    [[nodiscard]] virtual result<datasource_row> get_by_id(std::string_view id) = 0;
    // By name, bytewise. A damaged row is listed with `damage` set and does not hide the others.
    [[nodiscard]] virtual result<std::vector<datasource_row>> list(
        std::size_t offset = 0, std::size_t limit = 10'000
    ) = 0;
    // Writes what can be edited (name, driver, params, timeout, pool sizes, isolation) over the row
    // with row.id, together with the tokens, if its version is `expected_version`; otherwise
    // conflict, naming both. The version grows by one. When driver, params or a secret changed,
    // the state becomes unknown.
    [[nodiscard]] virtual result<datasource_row> update(
        const datasource_row& row,
        std::int64_t expected_version,
        const token_changes& tokens,
        std::string_view actor
    ) = 0;
    [[nodiscard]] virtual result<datasource_row> rename(
        std::string_view name, std::string_view new_name, std::string_view actor
    ) = 0;
    // The row stays for the audit trail; secrets, snapshot and claims go; the name is free again.
    [[nodiscard]] virtual result<void> remove(std::string_view name, std::string_view actor) = 0;
    // The outcome of a check of the datasource as it was at `version`. False: it was edited or
    // removed since, and nothing is written. The version stays.
    [[nodiscard]] virtual result<bool> set_state(
        std::string_view id,
        std::int64_t version,
        connection_state state,
        std::string_view message,
        time_point at
    ) = 0;

    // ---- Secrets: tokens only; the store never sees a key or a plain text.

    // Of one datasource, by name; empty when there are none.
    [[nodiscard]] virtual result<std::vector<secret_row>> tokens(std::string_view id) = 0;
    // Of all datasources that are not removed.
    [[nodiscard]] virtual result<std::vector<secret_row>> all_tokens() = 0;
    // Compare and swap, for rotation: false when the token is not `old_token` any more. Neither
    // version nor state changes, for the secret is the same.
    [[nodiscard]] virtual result<bool> replace_token(
        std::string_view id,
        std::string_view name,
        std::string_view old_token,
        std::string_view new_token
    ) = 0;

    [[nodiscard]] virtual result<std::optional<std::string>> key_check() = 0;
    // Stores `token` unless there is one; gives the one that is stored now.
    [[nodiscard]] virtual result<std::string> put_key_check(std::string_view token) = 0;
    // Compare and swap, for rotation, and for a first key that never sealed anything.
    [[nodiscard]] virtual result<bool> replace_key_check(
        std::string_view old_token, std::string_view new_token
    ) = 0;

    // ---- Schema snapshots.

    // False when the stored generation is not older; nothing is written then.
    [[nodiscard]] virtual result<bool> save_snapshot(const snapshot_row& snapshot) = 0;
    // The snapshot of head's generation and configuration was found unchanged at head.taken_at.
    // False: another one is stored by now, or none.
    [[nodiscard]] virtual result<bool> renew_snapshot(const snapshot_head& head) = 0;
    [[nodiscard]] virtual result<std::optional<snapshot_row>> load_snapshot(
        std::string_view datasource_id
    ) = 0;
    // Without the bytes: all that listing needs.
    [[nodiscard]] virtual result<std::optional<snapshot_head>> head_of_snapshot(
        std::string_view datasource_id
    ) = 0;
    // Of all datasources at once, by their id.
    [[nodiscard]] virtual result<std::vector<snapshot_head>> heads_of_snapshots() = 0;
    [[nodiscard]] virtual result<void> delete_snapshot(std::string_view datasource_id) = 0;

    // ---- Claims: one worker at a time on `what` ("schema") of a datasource, across all hosts.

    // True: `owner` holds it for `ttl` from now; calling again renews. An expired claim is taken
    // over, so a dead owner blocks nobody for longer than its ttl.
    [[nodiscard]] virtual result<bool> try_claim(
        std::string_view datasource_id,
        std::string_view what,
        std::string_view owner,
        std::chrono::milliseconds ttl
    ) = 0;
    // Harmless when somebody else holds it.
    [[nodiscard]] virtual result<void> release_claim(
        std::string_view datasource_id, std::string_view what, std::string_view owner
    ) = 0;

    // Newest first. Entries are written by the changes themselves, in the same transaction.
    [[nodiscard]] virtual result<std::vector<audit_row>> audit(
        std::size_t offset = 0, std::size_t limit = 1'000
    ) = 0;
};

}  // namespace qry::store
