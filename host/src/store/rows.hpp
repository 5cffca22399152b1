// What the registry keeps, as plain values.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <qry/host.hpp>

namespace qry::store {

// Kept in microseconds.
using time_point = std::chrono::system_clock::time_point;

struct datasource_row {
    // A UUID as text; never reused.
    std::string id;
    // 1 to 64 of A-Z a-z 0-9 _ . -, the first a letter or a digit.
    std::string name;
    std::string driver;
    std::map<std::string, std::string> params;
    std::optional<std::chrono::nanoseconds> timeout;
    int pool_min_size = 1;
    int pool_max_size = 10;
    std::string isolation;
    // Grows by one with each edit.
    std::int64_t version = 0;
    connection_state state = connection_state::unknown;
    std::string state_message;
    std::optional<time_point> checked_at;
    time_point created_at;
    time_point updated_at;
    // Sorted. Filled in on reading; ignored on writing.
    std::vector<std::string> secret_names;
    // Why the stored row cannot be used; empty = it can.
    std::string damage;
};

// By name of the secret: the token to store, or nullopt to drop what is stored.
using token_changes = std::map<std::string, std::optional<std::string>>;

struct secret_row {
    std::string datasource_id;
    std::string datasource_name;
    std::string name;
    std::string token;
};

struct snapshot_head {
    std::string datasource_id;
    std::uint64_t generation = 0;
    // Of the configuration that it was read with.
    std::string config_hash;
    time_point taken_at;
};

struct snapshot_row : snapshot_head {
    // Opaque to the store.
    std::string bytes;
};

struct audit_row {
    std::int64_t id = 0;
    time_point at;
    std::string actor;
    // "create", "update", "rename", "remove".
    std::string action;
    std::string datasource_id;
    std::string datasource_name;
    // The datasource as JSON, before and after; secrets by name only. Empty = there was none.
    std::string before;
    std::string after;
};

}  // namespace qry::store
