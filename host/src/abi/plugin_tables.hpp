// A plugin's tables as the host calls them: whole, whatever minor the plugin was built for.
#pragma once

#include <cstdint>
#include <string>

#include <qry/entry.h>
#include <qry/ext/schema_digest.h>
#include <qry/result.hpp>

namespace qry::abi {

// Copies; no slot is NULL.
struct plugin_tables {
    std::string name;
    std::string version;
    // QRY_MODEL_*, never unset.
    std::int32_t model = QRY_MODEL_UNSET;
    std::uint64_t capabilities = 0;
    qry_driver driver{};
    qry_session_verbs verbs{};
    // An extension; its slot is NULL when the plugin has none.
    qry_ext_schema_digest digest{};
};

// Copies min(struct_size, ours) of each table into a zeroed one and plugs the holes with functions
// that say "unsupported". Refuses tables that are shorter than ABI 1.0 knew them.
[[nodiscard]] result<plugin_tables> complete_tables(
    const qry_descriptor& about, const qry_driver* driver
);

// What get_extension gave for QRY_EXT_SCHEMA_DIGEST; NULL = nothing.
[[nodiscard]] result<qry_ext_schema_digest> complete_digest(
    const std::string& plugin, const void* extension
);

}  // namespace qry::abi
