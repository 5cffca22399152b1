// Tokens of secrets, and the key check.
#include "datasource_codec.hpp"
#include "names.hpp"
#include "sql_store.hpp"

namespace qry::store {

namespace {

std::vector<secret_row> read_secrets(const outcome& rows) {
    std::vector<secret_row> out;
    for (const row& one : rows.rows) {
        out.push_back(
            {.datasource_id = text_at(one, 0),
             .datasource_name = text_at(one, 1),
             .name = text_at(one, 2),
             .token = text_at(one, 3)}
        );
    }
    return out;
}

constexpr std::string_view select_secrets =
    "SELECT d.id, d.name, s.name, s.token FROM {s}secret s JOIN {s}datasource d "
    "ON d.id = s.datasource_id WHERE d.removed_at IS NULL ";

}  // namespace

// Gives the names that changed.
result<std::vector<std::string>> sql_store::apply_tokens(
    std::string_view id, const token_changes& tokens, time_point at
) {
    std::vector<std::string> changed;
    for (const auto& [name, token] : tokens) {
        if (token) {
            auto written =
                run("INSERT INTO {s}secret (datasource_id, name, token, updated_at) "
                    "VALUES ($1, $2, $3, $4) ON CONFLICT (datasource_id, name) "
                    "DO UPDATE SET token = excluded.token, updated_at = excluded.updated_at",
                    {std::string(id), name, *token, micros(at)});
            if (!written) return std::move(written).error();
            changed.push_back(name);
        } else {
            auto written =
                run("DELETE FROM {s}secret WHERE datasource_id = $1 AND name = $2",
                    {std::string(id), name});
            if (!written) return std::move(written).error();
            if (written->changed == 1) changed.push_back(name);
        }
    }
    return changed;
}

result<std::vector<secret_row>> sql_store::tokens(std::string_view id) {
    return transact(access::read, [&]() -> result<std::vector<secret_row>> {
        auto rows =
            run(std::string(select_secrets) + "AND d.id = $1 ORDER BY s.name", {made_storable(id)});
        if (!rows) return std::move(rows).error();
        return read_secrets(*rows);
    });
}

result<std::vector<secret_row>> sql_store::all_tokens() {
    return transact(access::read, [&]() -> result<std::vector<secret_row>> {
        auto rows = run(std::string(select_secrets) + "ORDER BY d.name, s.name", {});
        if (!rows) return std::move(rows).error();
        return read_secrets(*rows);
    });
}

result<bool> sql_store::replace_token(
    std::string_view id,
    std::string_view name,
    std::string_view old_token,
    std::string_view new_token
) {
    return transact(access::write, [&]() -> result<bool> {
        auto at = now();
        if (!at) return std::move(at).error();
        auto written =
            run("UPDATE {s}secret SET token = $1, updated_at = $2 "
                "WHERE datasource_id = $3 AND name = $4 AND token = $5",
                {std::string(new_token),
                 micros(*at),
                 std::string(id),
                 std::string(name),
                 std::string(old_token)});
        if (!written) return std::move(written).error();
        return written->changed == 1;
    });
}

result<std::optional<std::string>> sql_store::key_check() {
    return transact(access::read, [&]() -> result<std::optional<std::string>> {
        auto rows = run("SELECT token FROM {s}key_check WHERE id = 1", {});
        if (!rows) return std::move(rows).error();
        if (rows->rows.empty()) return std::optional<std::string>();
        return std::optional<std::string>(text_at(rows->rows.front(), 0));
    });
}

result<std::string> sql_store::put_key_check(std::string_view token) {
    return transact(access::write, [&]() -> result<std::string> {
        auto at = now();
        if (!at) return std::move(at).error();
        auto written =
            run("INSERT INTO {s}key_check (id, token, updated_at) VALUES (1, $1, $2) "
                "ON CONFLICT (id) DO NOTHING",
                {std::string(token), micros(*at)});
        if (!written) return std::move(written).error();
        auto rows = run("SELECT token FROM {s}key_check WHERE id = 1", {});
        if (!rows) return std::move(rows).error();
        return text_at(rows->rows.at(0), 0);
    });
}

result<bool> sql_store::replace_key_check(std::string_view old_token, std::string_view new_token) {
    return transact(access::write, [&]() -> result<bool> {
        auto at = now();
        if (!at) return std::move(at).error();
        auto written =
            run("UPDATE {s}key_check SET token = $1, updated_at = $2 WHERE id = 1 AND token = $3",
                {std::string(new_token), micros(*at), std::string(old_token)});
        if (!written) return std::move(written).error();
        return written->changed == 1;
    });
}

}  // namespace qry::store
