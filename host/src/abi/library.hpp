// Loading a plugin's library: checked, initialised once, never unloaded.
#pragma once

#include <qry/entry.h>
#include <qry/registry/catalog.hpp>
#include <qry/result.hpp>

#include "abi/plugin_tables.hpp"

namespace qry::abi {

// Opens the library that the registry has checked, looks at its entry table, calls init() if this
// process has not done so before, and asks for the driver.
[[nodiscard]] result<plugin_tables> load_library(const registry::plugin& which);

// What load_library does once it has the entry; `about` says what the manifest promised.
[[nodiscard]] result<plugin_tables> open_entry(
    const qry_plugin_entry_table& entry, const registry::manifest& about
);

}  // namespace qry::abi
