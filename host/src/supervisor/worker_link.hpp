// What the lanes of a worker share, and what they tell its keeper.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include <qry/error.hpp>

#include "abi/arena.hpp"
#include "base/log.hpp"
#include "supervisor/counters.hpp"
#include "supervisor/life_gate.hpp"
#include "supervisor/poison.hpp"
#include "wire/batch.hpp"

namespace qry::supervisor {

// What all workers of a plugin have in common.
struct plugin_share {
    // As errors name it.
    std::string plugin;
    // With "for 'sales'" when it serves one datasource: as logs name it.
    std::string name;
    // Whom it serves alone; empty = everybody.
    std::string datasource;
    wire::trust how = wire::trust::checked;
    std::uint64_t arena_bytes = 0;
    std::shared_ptr<life_gate> gate = std::make_shared<life_gate>();
    // Where checked batches are copied to.
    qry_arena::owner arena = qry_arena::make();
    poison_list poison;
    counters count;
    // Of what the plugin writes, whichever way.
    std::shared_ptr<base::log_limiter> output = std::make_shared<base::log_limiter>();
};

// Thread-safe.
class worker_link {
public:
    explicit worker_link(std::shared_ptr<plugin_share> s) : share(std::move(s)) {}
    virtual ~worker_link() = default;

    // Its socket was closed, or what came over it made no sense.
    virtual void hung_up() = 0;
    virtual void broke_protocol(const std::string& what) = 0;
    // A session does not end.
    virtual void has_stuck() = 0;
    virtual void has_stalled(const std::string& how_long) = 0;
    // A channel went, or has nothing under way any more.
    virtual void relieved() = 0;

    const std::shared_ptr<plugin_share> share;
    // Its number; 0 = it does not run yet.
    std::atomic<int> process_id{0};
    std::atomic<int> channels{0};
    std::atomic<int> busy{0};
    // It takes new channels.
    std::atomic<bool> taking{false};
    // A verb was answered.
    std::atomic<bool> answered{false};
};

}  // namespace qry::supervisor
