// The shape of the registry's tables, and how an older one becomes the current one.
#pragma once

#include <cstdint>
#include <span>

#include "connection.hpp"

#include <qry/result.hpp>

namespace qry::store {

struct migration {
    std::int64_t version;
    const char* sql;
};

// Numbered from 1 without gaps. A released one is never edited; a change is a new one.
[[nodiscard]] std::span<const migration> known_migrations() noexcept;

// Applies what is missing, each in a transaction of its own. A version that is not known is an
// error that names both. Safe to run at the same time in many processes.
[[nodiscard]] result<void> migrate(connection& db);

}  // namespace qry::store
