#include "sql_store.hpp"

#include "datasource_codec.hpp"
#include "migrations.hpp"
#include "names.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>

namespace qry::store {

namespace {

// "host=db password=…" is how libpq takes it, and would be a fine name of a file.
bool is_keyword_string(std::string_view text) {
    constexpr std::string_view keywords[] = {
        "host", "hostaddr", "port", "dbname", "user", "password", "passfile", "service", "sslmode"};
    constexpr std::string_view space = " \t\n";
    while (!text.empty()) {
        text.remove_prefix(std::min(text.find_first_not_of(space), text.size()));
        const std::string_view word = text.substr(0, text.find_first_of(" \t\n="));
        text.remove_prefix(word.size());
        const std::string_view rest =
            text.substr(std::min(text.find_first_not_of(space), text.size()));
        const bool known = std::ranges::find(keywords, word) != std::end(keywords);
        if (known && rest.starts_with('=')) return true;
        text.remove_prefix(std::min(text.find_first_of(space), text.size()));
    }
    return false;
}

}  // namespace

result<std::unique_ptr<store>> store::open(const std::string& location, open_options options) {
    const bool server =
        location.starts_with("postgresql://") || location.starts_with("postgres://");
    if (location.empty() || (!server && location.find("://") != std::string::npos)) {
        return error{
            .kind = status::invalid_parameter,
            .message = location.empty() ? "the registry's location is empty"
                                        : "the registry's location has a scheme that is not known",
            .hint = "expected a file's path, ':memory:' or postgresql://user@host/database",
            .from = origin::host,
            .parameter = "registry"};
    }
    if (!server && is_keyword_string(location)) {
        return error{
            .kind = status::invalid_parameter,
            .message = "the registry's location looks like a connection string of libpq",
            .hint =
                "write it as a URL: postgresql://user:password@host:port/database; a file of "
                "such a name is meant by ./ in front of it",
            .from = origin::host,
            .parameter = "registry"};
    }
    auto db = server ? connect_postgresql(location, options.patience)
                     : connect_sqlite(location, options.patience);
    if (!db) return std::move(db).error();
    if (auto migrated = migrate(**db); !migrated) return std::move(migrated).error();
    return std::unique_ptr<store>(std::make_unique<sql_store>(std::move(*db), std::move(options)));
}

result<std::vector<std::string>> sql_store::check() {
    return transact(access::read, [&] { return db_->check(); });
}

std::string sql_store::next_operation() {
    return new_id();
}

bool sql_store::may_repeat(const error& e) noexcept {
    return e.sqlstate == state_lost || e.sqlstate == state_serialization ||
           e.sqlstate == state_deadlock;
}

result<bool> sql_store::was_committed() {
    if (auto begun = db_->begin(access::read); !begun) return std::move(begun).error();
    auto rows = run("SELECT 1 FROM {s}audit WHERE operation_id = $1", {operation_id_});
    db_->rollback();
    if (!rows) return std::move(rows).error();
    return !rows->rows.empty();
}

result<outcome> sql_store::run(std::string_view sql, std::vector<value> parameters) {
    for (const value& v : parameters) {
        const auto* text = std::get_if<std::string>(&v);
        if (text != nullptr && !storable(*text)) {
            return error{
                .kind = status::invalid_parameter,
                .message = "a text for the registry is not valid UTF-8, or holds a NUL",
                .hint = "check '" + made_storable(*text).substr(0, 80) + "'",
                .from = origin::host};
        }
    }
    return db_->run(sql, parameters);
}

result<time_point> sql_store::now() {
    if (options_.clock) return options_.clock();
    return db_->now();
}

result<void> sql_store::record(
    std::string_view actor,
    std::string_view action,
    const datasource_row& what,
    std::string before,
    std::string after
) {
    auto at = now();
    if (!at) return std::move(at).error();
    auto written = run(
        "INSERT INTO {s}audit (operation_id, at, actor, action, datasource_id, datasource_name, "
        "before_json, after_json) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        {operation_id_,
         micros(*at),
         made_storable(actor),
         std::string(action),
         what.id,
         what.name,
         std::move(before),
         std::move(after)}
    );
    if (!written) return std::move(written).error();
    recorded_ = true;
    return {};
}

result<std::vector<audit_row>> sql_store::audit(std::size_t offset, std::size_t limit) {
    return transact(access::read, [&]() -> result<std::vector<audit_row>> {
        auto rows = run(
            "SELECT id, at, actor, action, datasource_id, datasource_name, before_json, after_json "
            "FROM {s}audit ORDER BY id DESC LIMIT $1 OFFSET $2",
            {static_cast<std::int64_t>(limit), static_cast<std::int64_t>(offset)}
        );
        if (!rows) return std::move(rows).error();
        std::vector<audit_row> out;
        for (const row& one : rows->rows) {
            out.push_back(
                {.id = integer_at(one, 0),
                 .at = from_micros(integer_at(one, 1)),
                 .actor = text_at(one, 2),
                 .action = text_at(one, 3),
                 .datasource_id = text_at(one, 4),
                 .datasource_name = text_at(one, 5),
                 .before = text_at(one, 6),
                 .after = text_at(one, 7)}
            );
        }
        return out;
    });
}

}  // namespace qry::store
