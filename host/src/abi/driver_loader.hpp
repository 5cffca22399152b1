// From an installed plugin to a driver that runs inside this process.
#pragma once

#include <memory>

#include <qry/registry/catalog.hpp>

#include <qry/result.hpp>

#include "abi/arena.hpp"
#include "backend/backend.hpp"
#include "base/loop_group.hpp"

namespace qry::abi {

// Checks and loads the plugin's library and returns its driver. The library stays loaded for the
// life of the process, and loading it again gives another driver of the same library. `loops` must
// outlive the driver and its sessions. arena: where the plugin's batches lie. Blocks on the disk:
// not for a loop's thread.
[[nodiscard]] result<std::shared_ptr<backend::driver>> load_driver(
    base::loop_group& loops,
    const registry::plugin& which,
    qry_arena::owner arena = qry_arena::make()
);

}  // namespace qry::abi
