// The messages behind protocol.hpp: one struct each, besides those of qry/host.hpp which travel as
// they are.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <qry/host.hpp>
#include <qry/registry/catalog.hpp>

#include "wire/frame.hpp"

namespace qry::daemon {

// Nothing but a number, for what says everything by its type.
struct nothing {};

struct greet {
    std::uint32_t protocol = 0;
    std::string version;
};

struct welcome {
    std::uint32_t protocol = 0;
    std::string version;
    // Of the registry that the daemon keeps its datasources in.
    std::string registry;
    std::vector<registry::search_folder> folders;
    std::vector<registry::plugin> plugins;
};

// get and remove.
struct by_name {
    std::string name;
};

// test and pool.
struct by_id {
    std::string id;
};

struct update {
    std::string name;
    datasource_change change;
};

struct check_secrets {
    rotate_mode mode = rotate_mode::check_only;
};

// Time travels as what is left: what of the limit was already spent on the way is taken off.
struct execute {
    std::string id;
    std::uint32_t credit = 0;
    std::string sql;
    std::optional<duration> timeout;
    duration spent{};
    std::optional<std::int64_t> limit;
    std::map<std::string, std::string> options;
    // Schema codec and batch of wire/batch.hpp; empty = none.
    std::vector<std::byte> args_schema;
    std::vector<std::byte> args;
};

// known: the image that the client holds already; 0 = none.
struct schema_call {
    std::string id;
    std::optional<duration> max_age;
    std::uint64_t known = 0;
};

struct credit {
    std::uint32_t batches = 0;
};

struct give_back {
    std::uint64_t batch = 0;
};

struct ping {
    std::uint64_t cookie = 0;
};

struct named {
    datasource_info info;
};

struct listed {
    std::vector<datasource_info> all;
};

// info: how the datasource stands now; nullopt after a check, which is about none.
struct report {
    test_report outcome;
    std::optional<datasource_info> info;
};

struct opened {
    std::int64_t rows_affected = -1;
    std::string query_id;
    // Schema codec; empty = no result set.
    std::vector<std::byte> schema;
    std::vector<query_notice> notices;
};

// notices: those that opened did not have yet.
struct ended {
    std::int64_t rows_affected = -1;
    std::vector<query_notice> notices;
};

// A snapshot of the schema: an image (schema/image.hpp) of so many bytes. It comes with the frame,
// unless `number` is the one that the client said it knows.
struct image {
    std::uint64_t number = 0;
    std::uint64_t bytes = 0;
    datasource_info info;
};

struct changes {
    schema_diff diff;
    image now;
};

struct findings {
    std::vector<doctor_finding> all;
};

struct failed {
    error why;
};

struct segment {
    std::uint32_t number = 0;
    std::uint64_t bytes = 0;
};

// Encodable: the above, and of qry/host.hpp datasource_spec, test_step_report, refresh_progress,
// pool_stats, secrets_report and host_stats.
//
// Texts that are not UTF-8 go out repaired. The field of the first one that was not, else empty:
// for what people hand in, that is an error of theirs.
template <class T>
std::string_view encode(wire::writer& to, const T& m);

// Strict: reads the whole payload, or says what is wrong with it.
template <class T>
[[nodiscard]] result<T> decode(std::span<const std::byte> payload);

}  // namespace qry::daemon
