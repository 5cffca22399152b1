// A driver made of a plugin's tables, wherever these came from.
#pragma once

#include <memory>

#include "abi/arena.hpp"
#include "abi/plugin_tables.hpp"
#include "backend/backend.hpp"
#include "base/loop_group.hpp"

namespace qry::abi {

// loops must outlive the driver and its sessions; arena: where the plugin's batches lie.
[[nodiscard]] std::shared_ptr<backend::driver> make_inline_driver(
    base::loop_group& loops, plugin_tables tables, qry_arena::owner arena = qry_arena::make()
);

}  // namespace qry::abi
