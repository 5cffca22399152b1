// SQLite's result codes as errors of the SDK.
#pragma once

#include <string>
#include <string_view>

#include <sqlite3.h>

#include <qry/error.hpp>

namespace qry::sqlite {

// What the connection last complained about. `code` is what the call returned (basic or extended);
// `sql`, when given, is the statement that was prepared, for the position.
[[nodiscard]] error database_error(sqlite3* db, int code, std::string_view sql = {});

// An open that failed: names the file and the reason of the operating system.
[[nodiscard]] error open_error(sqlite3* db, int code, const std::string& path);

[[nodiscard]] error cancelled();

// The call waited for a lock and gave up: because of the lock, or because it was asked to end.
[[nodiscard]] bool gave_up_waiting(const error& e) noexcept;

}  // namespace qry::sqlite
