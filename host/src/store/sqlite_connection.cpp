// A registry in one SQLite file, shared by the threads and processes of one machine.
#include "connection.hpp"
#include "sqlite_file.hpp"

#include <sqlite3.h>

#include <cassert>
#include <cstring>
#include <thread>

namespace qry::store {

namespace {

// "QRYR": tells our files from any other SQLite database.
constexpr std::int64_t application_id = 0x51525952;

constexpr dialect words = {
    .schema = "",
    .text = "TEXT",
    .blob = "BLOB",
    .serial = "INTEGER PRIMARY KEY AUTOINCREMENT",
    .lock = ""};

struct database_closer {
    void operator()(sqlite3* db) const noexcept { sqlite3_close_v2(db); }
};
struct statement_closer {
    void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
};
using statement = std::unique_ptr<sqlite3_stmt, statement_closer>;

struct reading {
    status kind;
    std::string_view reason;
    std::string_view hint;
    std::string_view state;
    bool retryable;
};

reading read_code(int extended) {
    if (extended == SQLITE_CONSTRAINT_UNIQUE || extended == SQLITE_CONSTRAINT_PRIMARYKEY)
        return {status::conflict, "", "", state_unique, false};
    switch (extended & 0xff) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return {
                status::resource_limit,
                "another process is writing to it and did not finish in time",
                "try again; if it stays so, look for a process that hangs with the file open",
                "",
                true};
        case SQLITE_FULL:
            return {
                status::resource_limit,
                "the disk is full",
                "free space and try again; nothing was half written",
                "",
                true};
        case SQLITE_NOMEM:
        case SQLITE_TOOBIG:
            return {
                status::resource_limit,
                "not enough memory, or a value too large",
                "check the limits of the process",
                "",
                false};
        case SQLITE_READONLY:
        case SQLITE_CANTOPEN:
        case SQLITE_PERM:
        case SQLITE_AUTH:
            return {
                status::permission_denied,
                "it cannot be written",
                "give the user of this process write access to the file and to its folder",
                "",
                false};
        case SQLITE_NOTADB:
        case SQLITE_CORRUPT:
            return {
                status::connection_failed,
                "the file is damaged or no SQLite database",
                "restore it from a backup, or name another registry with --registry or "
                "QRY_REGISTRY; the file was not changed",
                "",
                false};
        default:
            return {
                status::connection_failed,
                "the file could not be read or written",
                "check the disk and its file system",
                "",
                false};
    }
}

class sqlite_connection final : public connection {
public:
    explicit sqlite_connection(std::string path) : path_(std::move(path)) {}

    result<void> open(std::chrono::milliseconds patience) {
        sqlite3* raw = nullptr;
        // A registry belongs to one thread at a time: SQLite need not lock for us.
        const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX |
                          SQLITE_OPEN_EXRESCODE;
        const int code = sqlite3_open_v2(path_.c_str(), &raw, flags, nullptr);
        db_.reset(raw);
        if (code != SQLITE_OK) return failure(code);
        sqlite3_busy_timeout(raw, static_cast<int>(patience.count()));
        // Nothing in a file that was tampered with may run code of its own.
        sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
        sqlite3_db_config(raw, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
        if (auto found = inspect(); !found) return std::move(found).error();
        if (auto wal = use_wal(patience); !wal) return wal;
        // FULL: an acknowledged commit survives a power cut. FAST: removed tokens are overwritten.
        return script(
            "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = FAST"
        );
    }

    const std::string& location() const noexcept override { return path_; }

    result<void> begin(access mode) override {
        return script(mode == access::write ? "BEGIN IMMEDIATE" : "BEGIN");
    }
    result<void> commit() override { return script("COMMIT"); }
    void rollback() noexcept override {
        // A failed write may have rolled back by itself.
        if (sqlite3_get_autocommit(db_.get()) == 0)
            sqlite3_exec(db_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
    }

    result<outcome> run(std::string_view sql, std::span<const value> parameters) override {
        const std::string text = expand(sql, words);
        sqlite3_stmt* raw = nullptr;
        int code = sqlite3_prepare_v2(
            db_.get(), text.c_str(), static_cast<int>(text.size()), &raw, nullptr
        );
        const statement prepared(raw);
        if (code != SQLITE_OK) return failure(code);
        for (std::size_t i = 0; i < parameters.size(); ++i) {
            code = bind(raw, i + 1, parameters[i]);
            if (code != SQLITE_OK) return failure(code);
        }
        outcome out;
        while ((code = sqlite3_step(raw)) == SQLITE_ROW)
            out.rows.push_back(current_row(raw));
        if (code != SQLITE_DONE) return failure(code);
        out.changed = sqlite3_changes64(db_.get());
        return out;
    }

    result<void> script(std::string_view sql) override {
        const std::string text = expand(sql, words);
        const int code = sqlite3_exec(db_.get(), text.c_str(), nullptr, nullptr, nullptr);
        if (code != SQLITE_OK) return failure(code);
        return {};
    }

    result<contents> inspect() override {
        // In this order: another process may be making the registry just now, and it commits
        // tables and mark together.
        auto objects = number("SELECT count(*) FROM sqlite_master");
        if (!objects) return std::move(objects).error();
        auto mark = number("PRAGMA application_id");
        if (!mark) return std::move(mark).error();
        if (*mark == application_id) return contents::registry;
        if (*objects == 0) return contents::empty;
        return error{
            .kind = status::invalid_parameter,
            .message = "'" + path_ + "' is an SQLite database, but not a QRY registry",
            .hint =
                "name another file with --registry or QRY_REGISTRY; to query this one, add it "
                "as a datasource with the driver 'sqlite'",
            .from = origin::host,
            .parameter = "registry"};
    }
    // BEGIN IMMEDIATE has locked the file.
    result<void> lock_for_migration() override { return {}; }
    result<void> claim_database() override {
        return script("PRAGMA application_id = " + std::to_string(application_id));
    }
    result<time_point> now() override { return std::chrono::system_clock::now(); }

    result<std::vector<std::string>> check() override {
        auto rows = run("PRAGMA quick_check", {});
        if (!rows) return std::move(rows).error();
        std::vector<std::string> wrong;
        for (const row& one : rows->rows) {
            const auto* text = std::get_if<std::string>(&one.at(0));
            if (text != nullptr && *text != "ok") wrong.push_back(*text);
        }
        return wrong;
    }

private:
    error failure(int code) const {
        const reading what = read_code(code);
        // SQLite's own text names tables and columns of ours, and never a value.
        const char* text = db_ ? sqlite3_errmsg(db_.get()) : sqlite3_errstr(code);
        const int system = db_ ? sqlite3_system_errno(db_.get()) : 0;
        std::string detail = std::string(text) + " (SQLite code " + std::to_string(code) + ")";
        if (system != 0 && (code & 0xff) == SQLITE_IOERR)
            detail += std::string(": ") + std::strerror(system);
        return {
            .kind = what.kind,
            .message = "the registry '" + path_ +
                       "' failed: " + (what.reason.empty() ? detail : std::string(what.reason)),
            .hint = std::string(what.hint),
            .from = origin::host,
            .detail = std::move(detail),
            .sqlstate = std::string(what.state),
            .vendor_code = code,
            .retryable = what.retryable};
    }

    result<std::int64_t> number(std::string_view sql) {
        auto rows = run(sql, {});
        if (!rows) return std::move(rows).error();
        return std::get<std::int64_t>(rows->rows.at(0).at(0));
    }

    // Switching a new file to WAL needs it alone, and does not wait for others by itself.
    result<void> use_wal(std::chrono::milliseconds patience) {
        const auto until = std::chrono::steady_clock::now() + patience;
        for (;;) {
            auto mode = run("PRAGMA journal_mode = WAL", {});
            // Without shared memory (a network file system) the rollback journal stays: as safe.
            if (mode) return {};
            const bool busy = mode.error().retryable;
            if (!busy || std::chrono::steady_clock::now() > until) return std::move(mode).error();
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
    }

    static int bind(sqlite3_stmt* prepared, std::size_t number, const value& v) {
        const std::string name = "$" + std::to_string(number);
        const int at = sqlite3_bind_parameter_index(prepared, name.c_str());
        assert(at != 0);
        if (const auto* i = std::get_if<std::int64_t>(&v))
            return sqlite3_bind_int64(prepared, at, *i);
        if (const auto* text = std::get_if<std::string>(&v))
            return sqlite3_bind_text64(
                prepared, at, text->data(), text->size(), SQLITE_STATIC, SQLITE_UTF8
            );
        if (const auto* bytes = std::get_if<blob>(&v))
            return sqlite3_bind_blob64(
                prepared, at, bytes->bytes.data(), bytes->bytes.size(), SQLITE_STATIC
            );
        return sqlite3_bind_null(prepared, at);
    }

    static row current_row(sqlite3_stmt* prepared) {
        row out;
        const int columns = sqlite3_column_count(prepared);
        for (int i = 0; i < columns; ++i) {
            const int type = sqlite3_column_type(prepared, i);
            if (type == SQLITE_INTEGER) {
                out.emplace_back(static_cast<std::int64_t>(sqlite3_column_int64(prepared, i)));
            } else if (type == SQLITE_NULL) {
                out.emplace_back();
            } else {
                const auto* data = static_cast<const char*>(sqlite3_column_blob(prepared, i));
                const auto size = static_cast<std::size_t>(sqlite3_column_bytes(prepared, i));
                std::string bytes(data == nullptr ? "" : data, data == nullptr ? 0 : size);
                if (type == SQLITE_BLOB) {
                    out.emplace_back(blob{std::move(bytes)});
                } else {
                    out.emplace_back(std::move(bytes));
                }
            }
        }
        return out;
    }

    std::string path_;
    std::unique_ptr<sqlite3, database_closer> db_;
};

}  // namespace

result<std::unique_ptr<connection>> connect_sqlite(
    const std::string& path, std::chrono::milliseconds patience
) {
    if (path != ":memory:") {
        if (auto ready = prepare_file(path); !ready) return std::move(ready).error();
    }
    auto db = std::make_unique<sqlite_connection>(path);
    if (auto opened = db->open(patience); !opened) return std::move(opened).error();
    return std::unique_ptr<connection>(std::move(db));
}

}  // namespace qry::store
