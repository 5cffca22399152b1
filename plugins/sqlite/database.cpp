#include "database.hpp"

#include <vector>

#include "error.hpp"
#include "sql_tail.hpp"

namespace qry::sqlite {

namespace {

// SQLITE_MAX_LENGTH as it is built by default; also keeps lengths within an int.
constexpr std::size_t max_statement = 1'000'000'000;

int open_flags(const open_options& options) noexcept {
    // One thread at a time uses a session; only sqlite3_interrupt would need more, and is not used.
    constexpr int always = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    if (options.in_memory()) return always | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    switch (options.mode) {
        case access::read_only:
            return always | SQLITE_OPEN_READONLY;
        case access::read_write:
            return always | SQLITE_OPEN_READWRITE;
        case access::create:
            return always | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    }
    return always | SQLITE_OPEN_READONLY;
}

// SQLite reads "file:…" as a URI with options of its own, and ":…" as a name of its own.
std::string plain_path(const open_options& options) {
    const std::string& path = options.path;
    const bool special = path.starts_with("file:") || path.starts_with(":");
    return special && !options.in_memory() ? "./" + path : path;
}

std::string quoted(std::string_view name) {
    std::string out = "\"";
    for (char c : name) {
        out += c;
        if (c == '"') out += c;
    }
    return out + "\"";
}

constexpr std::string_view temporary_objects =
    "SELECT 'TRIGGER', name FROM temp.sqlite_master WHERE type = 'trigger' "
    "UNION ALL SELECT iif(type = 'view', 'VIEW', 'TABLE'), name FROM pragma_table_list "
    "WHERE schema = 'temp' AND type <> 'shadow' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";

// As SQLite sets them when it opens a database.
constexpr std::string_view default_settings[] = {
    "PRAGMA foreign_keys = OFF",
    "PRAGMA recursive_triggers = OFF",
    "PRAGMA cache_size = -2000",
    "PRAGMA case_sensitive_like = OFF",
    "PRAGMA reverse_unordered_selects = OFF",
};

}  // namespace

result<void> database::open() {
    sqlite3* made = nullptr;
    const int code =
        sqlite3_open_v2(plain_path(options_).c_str(), &made, open_flags(options_), nullptr);
    db_.reset(made);
    if (code != SQLITE_OK) return open_error(made, code, options_.path);
    stop_.install(made);
    if (auto ok = guard(); !ok) return ok;
    // SQLite opens lazily: only a read finds out that the file is no database.
    if (auto ok = run("PRAGMA schema_version"); !ok) {
        if (ok.error().kind == status::query_cancelled) return ok;
        return open_error(made, sqlite3_extended_errcode(made), options_.path);
    }
    // A file that may not be written is opened for reading without a word.
    if (options_.mode != access::read_only && sqlite3_db_readonly(made, "main") == 1) {
        return error{
            .kind = status::permission_denied,
            .message = "'" + options_.path + "' cannot be written",
            .hint = "give write permission on the file, or set the parameter mode to 'ro'",
            .from = origin::server,
            .vendor_code = SQLITE_READONLY,
            .parameter = "mode"};
    }
    return {};
}

result<void> database::guard() {
    sqlite3* db = db_.get();
    const bool done =
        sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr) == SQLITE_OK &&
        sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr) == SQLITE_OK &&
        sqlite3_db_config(db, SQLITE_DBCONFIG_WRITABLE_SCHEMA, 0, nullptr) == SQLITE_OK &&
        sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, nullptr) == SQLITE_OK &&
        sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0, nullptr) == SQLITE_OK;
    if (!done) {
        return error{
            .kind = status::unsupported,
            .message = std::string("SQLite ") + sqlite3_libversion() +
                       " cannot be guarded against hostile schemas",
            .hint = "SQLite 3.31 or later is needed"};
    }
    rules_.install(db);
    return {};
}

result<unique_statement> database::prepare(std::string_view sql) {
    if (sql.find('\0') != std::string_view::npos) {
        return error{
            .kind = status::query_error, .message = "the statement contains a NUL character"};
    }
    if (sql.size() > max_statement) {
        return error{
            .kind = status::resource_limit,
            .message = "the statement has " + std::to_string(sql.size()) +
                       " bytes; SQLite takes at most " + std::to_string(max_statement)};
    }
    sqlite3_stmt* made = nullptr;
    const char* tail = nullptr;
    rules_.begin_prepare();
    const int code =
        sqlite3_prepare_v3(db_.get(), sql.data(), static_cast<int>(sql.size()), 0, &made, &tail);
    rules_.end_prepare();
    unique_statement statement(made);
    if (code != SQLITE_OK) {
        error e = database_error(db_.get(), code, sql);
        if (!rules_.reason().empty()) {
            e.kind = status::permission_denied;
            e.message = rules_.reason();
        }
        return e;
    }
    if (!statement) {
        return error{.kind = status::query_error, .message = "there is no statement in the text"};
    }
    const auto used = static_cast<std::size_t>(tail - sql.data());
    if (auto ok = check_tail(sql, used); !ok) return std::move(ok).error();
    return statement;
}

result<void> database::run(std::string_view sql) {
    auto statement = prepare(sql);
    if (!statement) return std::move(statement).error();
    int code = SQLITE_ROW;
    while (code == SQLITE_ROW)
        code = sqlite3_step(statement->get());
    if (code != SQLITE_DONE) return database_error(db_.get(), code);
    return {};
}

result<void> database::drop_temporary_objects() {
    auto listing = prepare(temporary_objects);
    if (!listing) return std::move(listing).error();
    std::vector<std::string> drops;
    int code = SQLITE_ROW;
    while ((code = sqlite3_step(listing->get())) == SQLITE_ROW) {
        const auto* kind = reinterpret_cast<const char*>(sqlite3_column_text(listing->get(), 0));
        const auto* name = reinterpret_cast<const char*>(sqlite3_column_text(listing->get(), 1));
        if (kind == nullptr || name == nullptr) throw std::bad_alloc();
        drops.push_back(std::string("DROP ") + kind + " IF EXISTS temp." + quoted(name));
    }
    if (code != SQLITE_DONE) return database_error(db_.get(), code);
    listing->reset();
    for (const std::string& drop : drops) {
        if (auto ok = run(drop); !ok) return ok;
    }
    return {};
}

result<void> database::restore() {
    if (sqlite3_get_autocommit(db_.get()) == 0) {
        if (auto ok = run("ROLLBACK"); !ok) return ok;
    }
    sqlite3_set_last_insert_rowid(db_.get(), 0);
    if (!rules_.session_changed()) return {};
    if (auto ok = drop_temporary_objects(); !ok) return ok;
    for (const std::string_view setting : default_settings) {
        if (auto ok = run(setting); !ok) return ok;
    }
    rules_.session_restored();
    return guard();
}

}  // namespace qry::sqlite
