// What all sessions of one loaded plugin share.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "abi/arena.hpp"
#include "abi/call.hpp"
#include "abi/loop.hpp"
#include "abi/plugin_tables.hpp"
#include "base/loop_group.hpp"

namespace qry::abi {

struct driver_state {
    driver_state(base::loop_group& group, plugin_tables made, qry_arena::owner buffers)
        : tables(std::move(made)), arena(std::move(buffers)) {
        for (std::size_t i = 0; i < group.size(); ++i) {
            loops.push_back(qry_loop::make(group.loop(i), tables.name));
        }
    }
    // Takes turns unless one is named.
    [[nodiscard]] qry_loop& pick_loop(std::optional<std::size_t> wanted) noexcept {
        return *loops[(wanted ? *wanted : turn++) % loops.size()];
    }
    [[nodiscard]] bool blocking() const noexcept { return tables.model == QRY_MODEL_BLOCKING; }

    const plugin_tables tables;
    std::vector<std::shared_ptr<qry_loop>> loops;
    const qry_arena::owner arena;
    // Thread-safe
    call_slots slots;
    std::atomic<std::size_t> turn{0};
};

}  // namespace qry::abi
