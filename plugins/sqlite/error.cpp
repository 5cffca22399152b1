#include "error.hpp"

#include <algorithm>
#include <system_error>

namespace qry::sqlite {

namespace {

status kind_of(int code) noexcept {
    switch (code & 0xFF) {
        case SQLITE_PERM:
        case SQLITE_AUTH:
        case SQLITE_READONLY:
            return status::permission_denied;
        case SQLITE_CANTOPEN:
        case SQLITE_NOTADB:
        case SQLITE_IOERR:
            return status::connection_failed;
        case SQLITE_INTERRUPT:
            return status::query_cancelled;
        case SQLITE_FULL:
        case SQLITE_NOMEM:
        case SQLITE_TOOBIG:
            return status::resource_limit;
        case SQLITE_MISUSE:
        case SQLITE_INTERNAL:
            return status::plugin_error;
        default:
            return status::query_error;
    }
}

std::string hint_of(int code) {
    switch (code & 0xFF) {
        case SQLITE_READONLY:
            return "the database is open read-only; set the parameter mode to 'rw' to write";
        case SQLITE_CANTOPEN:
            return "check that the file exists and may be read; mode 'rwc' creates it";
        case SQLITE_NOTADB:
            return "the file is not an SQLite database, or it is encrypted; check the parameter "
                   "path";
        case SQLITE_CORRUPT:
            return "run PRAGMA integrity_check, and restore the file from a backup";
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return "another connection holds a lock; try again, or raise the parameter "
                   "busy_timeout";
        case SQLITE_FULL:
            return "the disk is full";
        default:
            return {};
    }
}

// The class of integrity violations is the one that programs look for.
std::string sqlstate_of(int code) {
    switch (code) {
        case SQLITE_CONSTRAINT_NOTNULL:
            return "23502";
        case SQLITE_CONSTRAINT_FOREIGNKEY:
            return "23503";
        case SQLITE_CONSTRAINT_UNIQUE:
        case SQLITE_CONSTRAINT_PRIMARYKEY:
        case SQLITE_CONSTRAINT_ROWID:
            return "23505";
        case SQLITE_CONSTRAINT_CHECK:
            return "23514";
        default:
            return (code & 0xFF) == SQLITE_CONSTRAINT ? "23000" : "";
    }
}

bool retryable(int code) noexcept {
    const int basic = code & 0xFF;
    return basic == SQLITE_BUSY || basic == SQLITE_LOCKED || basic == SQLITE_SCHEMA;
}

// Bytes from the start as characters counted from 1.
std::int64_t position_of(int offset, std::string_view sql) noexcept {
    if (offset < 0 || static_cast<std::size_t>(offset) > sql.size()) return 0;
    const std::string_view before = sql.substr(0, static_cast<std::size_t>(offset));
    const auto starts = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
    return std::count_if(before.begin(), before.end(), starts) + 1;
}

}  // namespace

error database_error(sqlite3* db, int code, std::string_view sql) {
    const int extended =
        (sqlite3_errcode(db) & 0xFF) == (code & 0xFF) ? sqlite3_extended_errcode(db) : code;
    if ((code & 0xFF) == SQLITE_INTERRUPT) return cancelled();
    return {
        .kind = kind_of(code),
        .message = sqlite3_errmsg(db),
        .hint = hint_of(code),
        .from = origin::server,
        .sqlstate = sqlstate_of(extended),
        .vendor_code = extended,
        .position = sql.empty() ? 0 : position_of(sqlite3_error_offset(db), sql),
        .retryable = retryable(code)};
}

error open_error(sqlite3* db, int code, const std::string& path) {
    error out{
        .kind = status::connection_failed,
        .message = "cannot open '" + path + "': " + sqlite3_errstr(code),
        .hint = hint_of(code),
        .from = origin::server,
        .vendor_code = code};
    if (db != nullptr) {
        out = database_error(db, code);
        out.message = "cannot open '" + path + "': " + out.message;
        if (out.kind == status::query_error && !out.retryable) out.kind = status::connection_failed;
        const int reason = sqlite3_system_errno(db);
        if ((code & 0xFF) == SQLITE_CANTOPEN && reason != 0) {
            out.message += " (" + std::generic_category().message(reason) + ")";
        }
    }
    return out;
}

error cancelled() {
    return {
        .kind = status::query_cancelled,
        .message = "the statement was cancelled",
        .from = origin::server,
        .vendor_code = SQLITE_INTERRUPT};
}

bool gave_up_waiting(const error& e) noexcept {
    const auto code = e.vendor_code & 0xFF;
    return code == SQLITE_BUSY || code == SQLITE_LOCKED;
}

}  // namespace qry::sqlite
