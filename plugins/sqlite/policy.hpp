// What a statement may not do here, whatever the database would allow: reach other files, load
// code, change how the connection is guarded.
#pragma once

#include <string>

#include <sqlite3.h>

#include <qry/error.hpp>

namespace qry::sqlite {

enum class access { read_only, read_write, create };

class policy {
public:
    explicit policy(access mode) noexcept : mode_(mode) {}
    policy(const policy&) = delete;
    policy& operator=(const policy&) = delete;

    // `this` must outlive the connection.
    void install(sqlite3* db) noexcept;

    // Around sqlite3_prepare: what is attached while a statement runs is SQLite's own doing
    // (VACUUM), what is attached by a statement is not.
    void begin_prepare() noexcept;
    void end_prepare() noexcept { preparing_ = false; }
    // Why the last statement was refused; empty when it was not by this policy.
    [[nodiscard]] const std::string& reason() const noexcept { return reason_; }

    // A statement made temporary objects or changed settings of the connection.
    [[nodiscard]] bool session_changed() const noexcept { return session_changed_; }
    void session_restored() noexcept { session_changed_ = false; }

private:
    static int
    authorize(void* self, int action, const char* first, const char* second, const char*, const char*) noexcept;
    int decide(int action, const char* first, const char* second);
    int decide_pragma(const char* name, const char* value);
    int refuse(std::string reason);

    const access mode_;
    // Not thread-safe
    bool preparing_ = false;
    bool session_changed_ = false;
    std::string reason_;
};

}  // namespace qry::sqlite
