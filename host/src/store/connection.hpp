// One connection to the database of a registry: the small part of SQL that both backends share.
//
// Statements are written once, for both. Parameters are $1, $2 …; the few words that differ stand
// in braces: {s} the schema's prefix, {text} a bytewise ordered text type, {blob} the type of
// bytes, {serial} a growing primary key, {lock} what locks the rows of a SELECT.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "rows.hpp"

#include <qry/result.hpp>

namespace qry::store {

struct blob {
    std::string bytes;
};
using value = std::variant<std::monostate, std::int64_t, std::string, blob>;
using row = std::vector<value>;

struct outcome {
    std::vector<row> rows;
    // Rows written by the statement.
    std::int64_t changed = 0;
};

enum class access { read, write };
enum class contents { empty, registry };

// What an error of a connection means to the caller, as its SQLSTATE; SQLite's are translated.
inline constexpr std::string_view state_unique = "23505";
inline constexpr std::string_view state_serialization = "40001";
inline constexpr std::string_view state_deadlock = "40P01";
inline constexpr std::string_view state_lost = "08006";

// Not thread-safe.
class connection {
public:
    virtual ~connection() = default;

    // As it may be shown: without a password.
    [[nodiscard]] virtual const std::string& location() const noexcept = 0;
    // Connects again when the connection was lost before.
    [[nodiscard]] virtual result<void> begin(access mode) = 0;
    // An error with state_lost means that the outcome is not known.
    [[nodiscard]] virtual result<void> commit() = 0;
    // Harmless outside a transaction.
    virtual void rollback() noexcept = 0;
    // One statement; inside a transaction.
    [[nodiscard]] virtual result<outcome> run(
        std::string_view sql, std::span<const value> parameters
    ) = 0;
    // Several statements without parameters; inside a transaction.
    [[nodiscard]] virtual result<void> script(std::string_view sql) = 0;

    // Whether a registry is there; a database that is somebody else's is an error.
    [[nodiscard]] virtual result<contents> inspect() = 0;
    // Waits until no other process migrates; held until the end of the transaction.
    [[nodiscard]] virtual result<void> lock_for_migration() = 0;
    // Marks the empty database as a registry.
    [[nodiscard]] virtual result<void> claim_database() = 0;
    // The database's clock.
    [[nodiscard]] virtual result<time_point> now() = 0;
    // What is wrong with the database itself.
    [[nodiscard]] virtual result<std::vector<std::string>> check() = 0;
};

struct dialect {
    std::string_view schema;
    std::string_view text;
    std::string_view blob;
    std::string_view serial;
    std::string_view lock;
};
[[nodiscard]] std::string expand(std::string_view sql, const dialect& words);

[[nodiscard]] result<std::unique_ptr<connection>> connect_sqlite(
    const std::string& path, std::chrono::milliseconds patience
);
[[nodiscard]] result<std::unique_ptr<connection>> connect_postgresql(
    const std::string& url, std::chrono::milliseconds patience
);

}  // namespace qry::store
