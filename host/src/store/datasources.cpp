// Datasources: created, read, edited, removed.
#include "datasource_codec.hpp"
#include "names.hpp"
#include "sql_store.hpp"

#include <algorithm>

namespace qry::store {

namespace {

error not_there(std::string_view name) {
    return {
        .kind = status::not_found,
        .message = "there is no datasource '" + made_storable(name) + "'",
        .hint = "see the names with `qry-host datasource list`",
        .from = origin::host,
        .datasource = made_storable(name)};
}

error name_taken(const std::string& name) {
    return {
        .kind = status::conflict,
        .message = "there is a datasource '" + name + "' already",
        .hint = "choose another name, or edit or remove the one that has it",
        .from = origin::host,
        .parameter = "name",
        .datasource = name};
}

error edited_since(const datasource_row& now, std::int64_t expected) {
    return {
        .kind = status::conflict,
        .message = "datasource '" + now.name + "' has version " + std::to_string(now.version) +
                   "; the edit was made from version " + std::to_string(expected),
        .hint = "somebody else changed it first: read it again and repeat the edit",
        .from = origin::host,
        .datasource = now.name};
}

error damaged(const datasource_row& what) {
    return {
        .kind = status::invalid_parameter,
        .message = "datasource '" + what.name + "' cannot be used: " + what.damage,
        .hint = "remove it and add it again, or restore the registry from a backup",
        .from = origin::host,
        .datasource = what.name};
}

result<void> check_params(const std::map<std::string, std::string>& params) {
    for (const auto& [key, v] : params) {
        // JSON escapes a NUL; what is not UTF-8 it cannot hold.
        std::string visible = key + v;
        visible.erase(std::remove(visible.begin(), visible.end(), '\0'), visible.end());
        if (storable(visible)) continue;
        return error{
            .kind = status::invalid_parameter,
            .message = "the parameter '" + made_storable(key) + "' is not valid UTF-8",
            .hint = "enter it again as UTF-8 text",
            .from = origin::host,
            .parameter = made_storable(key)};
    }
    return {};
}

}  // namespace

result<std::vector<std::string>> sql_store::secret_names(std::string_view id) {
    auto rows =
        run("SELECT name FROM {s}secret WHERE datasource_id = $1 ORDER BY name", {std::string(id)});
    if (!rows) return std::move(rows).error();
    std::vector<std::string> names;
    for (const row& one : rows->rows)
        names.push_back(text_at(one, 0));
    return names;
}

result<std::vector<datasource_row>> sql_store::select_rows(
    std::string_view condition, std::vector<value> parameters
) {
    const std::string sql = "SELECT " + std::string(datasource_columns) +
                            " FROM {s}datasource WHERE removed_at IS NULL " +
                            std::string(condition);
    auto rows = run(sql, std::move(parameters));
    if (!rows) return std::move(rows).error();
    std::vector<datasource_row> out;
    for (const row& one : rows->rows) {
        datasource_row read = read_datasource(one);
        auto names = secret_names(read.id);
        if (!names) return std::move(names).error();
        read.secret_names = std::move(*names);
        out.push_back(std::move(read));
    }
    return out;
}

result<datasource_row> sql_store::find(
    std::string_view column, std::string_view what, lock_rows lock
) {
    const std::string condition =
        "AND " + std::string(column) + " = $1" + (lock == lock_rows::yes ? " {lock}" : "");
    auto rows = select_rows(condition, {made_storable(what)});
    if (!rows) return std::move(rows).error();
    if (rows->empty()) return not_there(what);
    return std::move(rows->front());
}

result<datasource_row> sql_store::get(std::string_view name) {
    return transact(access::read, [&]() -> result<datasource_row> {
        auto found = find("name", name);
        if (found && !found->damage.empty()) return damaged(*found);
        return found;
    });
}

result<datasource_row> sql_store::get_by_id(std::string_view id) {
    return transact(access::read, [&]() -> result<datasource_row> {
        auto found = find("id", id);
        if (found && !found->damage.empty()) return damaged(*found);
        return found;
    });
}

result<std::vector<datasource_row>> sql_store::list(std::size_t offset, std::size_t limit) {
    return transact(access::read, [&] {
        return select_rows(
            "ORDER BY name LIMIT $1 OFFSET $2",
            {static_cast<std::int64_t>(limit), static_cast<std::int64_t>(offset)}
        );
    });
}

result<datasource_row> sql_store::create(
    datasource_row wanted, const token_changes& tokens, std::string_view actor
) {
    if (auto good = check_name(wanted.name); !good) return std::move(good).error();
    if (auto good = check_params(wanted.params); !good) return std::move(good).error();
    if (wanted.id.empty()) wanted.id = new_id();
    return transact(access::write, [&]() -> result<datasource_row> {
        auto at = now();
        if (!at) return std::move(at).error();
        auto inserted =
            run("INSERT INTO {s}datasource (id, name, driver, params, timeout_ns, pool_min_size, "
                "pool_max_size, isolation, version, state, state_message, created_at, updated_at) "
                "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, 'unknown', '', $9, $10)",
                {wanted.id,
                 wanted.name,
                 wanted.driver,
                 params_json(wanted.params),
                 optional_nanoseconds(wanted.timeout),
                 std::int64_t{wanted.pool_min_size},
                 std::int64_t{wanted.pool_max_size},
                 wanted.isolation,
                 micros(*at),
                 micros(*at)});
        if (!inserted) {
            if (inserted.error().sqlstate == state_unique) return name_taken(wanted.name);
            return std::move(inserted).error();
        }
        auto changed = apply_tokens(wanted.id, tokens, *at);
        if (!changed) return std::move(changed).error();
        auto created = find("id", wanted.id);
        if (!created) return created;
        auto noted = record(actor, "create", *created, "", describe(*created, {}));
        if (!noted) return std::move(noted).error();
        return created;
    });
}

result<datasource_row> sql_store::write_edit(
    const datasource_row& before,
    datasource_row wanted,
    const token_changes& tokens,
    std::string_view action,
    std::string_view actor
) {
    auto at = now();
    if (!at) return std::move(at).error();
    auto changed = apply_tokens(before.id, tokens, *at);
    if (!changed) return std::move(changed).error();
    const bool same_target = before.driver == wanted.driver && before.params == wanted.params &&
                             before.damage.empty() && changed->empty();
    auto written = run(
        "UPDATE {s}datasource SET name = $1, driver = $2, params = $3, timeout_ns = $4, "
        "pool_min_size = $5, pool_max_size = $6, isolation = $7, state = $8, state_message = $9, "
        "updated_at = $10, version = version + 1 WHERE id = $11",
        {wanted.name,
         wanted.driver,
         params_json(wanted.params),
         optional_nanoseconds(wanted.timeout),
         std::int64_t{wanted.pool_min_size},
         std::int64_t{wanted.pool_max_size},
         wanted.isolation,
         std::string(state_name(same_target ? before.state : connection_state::unknown)),
         same_target ? before.state_message : std::string(),
         micros(*at),
         before.id}
    );
    if (!written) {
        if (written.error().sqlstate == state_unique) return name_taken(wanted.name);
        return std::move(written).error();
    }
    auto after = find("id", before.id);
    if (!after) return after;
    auto noted = record(actor, action, *after, describe(before, {}), describe(*after, *changed));
    if (!noted) return std::move(noted).error();
    return after;
}

result<datasource_row> sql_store::update(
    const datasource_row& wanted,
    std::int64_t expected_version,
    const token_changes& tokens,
    std::string_view actor
) {
    if (auto good = check_name(wanted.name); !good) return std::move(good).error();
    if (auto good = check_params(wanted.params); !good) return std::move(good).error();
    return transact(access::write, [&]() -> result<datasource_row> {
        auto before = find("id", wanted.id, lock_rows::yes);
        if (!before) {
            if (before.error().kind == status::not_found) return not_there(wanted.name);
            return before;
        }
        if (before->version != expected_version) return edited_since(*before, expected_version);
        return write_edit(*before, wanted, tokens, "update", actor);
    });
}

result<datasource_row> sql_store::rename(
    std::string_view name, std::string_view new_name, std::string_view actor
) {
    if (auto good = check_name(new_name); !good) return std::move(good).error();
    return transact(access::write, [&]() -> result<datasource_row> {
        auto before = find("name", name, lock_rows::yes);
        if (!before) return before;
        if (!before->damage.empty()) return damaged(*before);
        datasource_row wanted = *before;
        wanted.name = new_name;
        return write_edit(*before, std::move(wanted), {}, "rename", actor);
    });
}

result<void> sql_store::remove(std::string_view name, std::string_view actor) {
    return transact(access::write, [&]() -> result<void> {
        auto before = find("name", name, lock_rows::yes);
        if (!before) return std::move(before).error();
        auto at = now();
        if (!at) return std::move(at).error();
        auto gone =
            run("UPDATE {s}datasource SET removed_at = $1, updated_at = $2, version = version + 1 "
                "WHERE id = $3",
                {micros(*at), micros(*at), before->id});
        if (!gone) return std::move(gone).error();
        for (const std::string_view table : {"secret", "snapshot", "claim"}) {
            auto cleared =
                run("DELETE FROM {s}" + std::string(table) + " WHERE datasource_id = $1",
                    {before->id});
            if (!cleared) return std::move(cleared).error();
        }
        return record(actor, "remove", *before, describe(*before, {}), "");
    });
}

result<bool> sql_store::set_state(
    std::string_view id,
    std::int64_t version,
    connection_state state,
    std::string_view message,
    time_point at
) {
    return transact(access::write, [&]() -> result<bool> {
        auto written =
            run("UPDATE {s}datasource SET state = $1, state_message = $2, checked_at = $3 "
                "WHERE id = $4 AND version = $5 AND removed_at IS NULL",
                {std::string(state_name(state)),
                 made_storable(message),
                 micros(at),
                 made_storable(id),
                 version});
        if (!written) return std::move(written).error();
        return written->changed == 1;
    });
}

}  // namespace qry::store
