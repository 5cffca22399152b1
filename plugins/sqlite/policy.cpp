#include "policy.hpp"

#include <algorithm>
#include <span>
#include <string_view>

namespace qry::sqlite {

namespace {

// With an argument these only look.
constexpr std::string_view looking[] = {
    "table_info",
    "table_xinfo",
    "table_list",
    "index_list",
    "index_info",
    "index_xinfo",
    "foreign_key_list",
    "foreign_key_check",
    "integrity_check",
    "quick_check",
    "function_list",
    "module_list",
    "pragma_list",
    "collation_list",
    "database_list",
    "compile_options",
};

// With an argument these change the connection; a reset puts them back.
constexpr std::string_view session_settings[] = {
    "foreign_keys",
    "defer_foreign_keys",
    "recursive_triggers",
    "cache_size",
    "case_sensitive_like",
    "reverse_unordered_selects",
};

// With an argument these change the file.
constexpr std::string_view file_settings[] = {
    "journal_mode",
    "user_version",
    "application_id",
    "auto_vacuum",
    "incremental_vacuum",
    "page_size",
    "encoding",
    "wal_checkpoint",
    "optimize",
};

bool contains(std::span<const std::string_view> names, std::string_view name) noexcept {
    return std::find(names.begin(), names.end(), name) != names.end();
}

std::string lower(const char* text) {
    std::string out = text != nullptr ? text : "";
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

}  // namespace

void policy::install(sqlite3* db) noexcept {
    sqlite3_set_authorizer(db, &policy::authorize, this);
}

void policy::begin_prepare() noexcept {
    preparing_ = true;
    reason_.clear();
}

int policy::
    authorize(void* self, int action, const char* first, const char* second, const char*, const char*) noexcept {
    try {
        return static_cast<policy*>(self)->decide(action, first, second);
    } catch (...) {
        return SQLITE_DENY;
    }
}

int policy::refuse(std::string reason) {
    reason_ = std::move(reason);
    return SQLITE_DENY;
}

int policy::decide(int action, const char* first, const char* second) {
    switch (action) {
        case SQLITE_ATTACH: {
            const bool no_file = first != nullptr && *first == '\0';
            if (!preparing_ && no_file) return SQLITE_OK;
            return refuse("ATTACH is not allowed: a datasource is one database");
        }
        case SQLITE_DETACH:
            return refuse("DETACH is not allowed: a datasource is one database");
        case SQLITE_FUNCTION:
            if (lower(second) != "load_extension") return SQLITE_OK;
            return refuse("load_extension is not allowed: it would load code into the host");
        case SQLITE_PRAGMA:
            return decide_pragma(first, second);
        case SQLITE_CREATE_TEMP_INDEX:
        case SQLITE_CREATE_TEMP_TABLE:
        case SQLITE_CREATE_TEMP_TRIGGER:
        case SQLITE_CREATE_TEMP_VIEW:
            session_changed_ = true;
            return SQLITE_OK;
        default:
            return SQLITE_OK;
    }
}

int policy::decide_pragma(const char* name, const char* value) {
    const std::string pragma = lower(name);
    if (value == nullptr || contains(looking, pragma)) return SQLITE_OK;
    if (contains(session_settings, pragma)) {
        session_changed_ = true;
        return SQLITE_OK;
    }
    if (!contains(file_settings, pragma)) {
        return refuse("PRAGMA " + pragma + " cannot be set here");
    }
    if (mode_ != access::read_only) return SQLITE_OK;
    return refuse("PRAGMA " + pragma + " would change the database, which is open read-only");
}

}  // namespace qry::sqlite
