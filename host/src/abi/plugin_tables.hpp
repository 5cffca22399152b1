// A plugin's tables as the host calls them: whole, whatever minor the plugin was built for.
#pragma once

#include <cstdint>
#include <string>

#include <qry/entry.h>
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
};

// Copies min(struct_size, ours) of each table into a zeroed one and plugs the holes with functions
// that say "unsupported". Refuses tables that are shorter than ABI 1.0 knew them.
[[nodiscard]] result<plugin_tables> complete_tables(
    const qry_descriptor& about, const qry_driver* driver
);

}  // namespace qry::abi
