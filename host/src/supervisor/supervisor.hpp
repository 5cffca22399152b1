// The workers of one host: drivers whose sessions live in processes of their own.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <qry/registry/catalog.hpp>
#include <qry/result.hpp>

#include "backend/backend.hpp"
#include "base/loop_group.hpp"
#include "supervisor/counters.hpp"
#include "supervisor/process.hpp"
#include "supervisor/settings.hpp"

namespace qry::supervisor {

class fleet;
class life_gate;

// The figures of one plugin's workers.
struct plugin_figures {
    std::string driver;
    // Whom they serve alone; empty = everybody.
    std::string datasource;
    std::shared_ptr<const counters> count;
    std::vector<worker_report> workers;
};

// Thread-safe.
class supervisor {
public:
    // loops: where the sessions live and the workers are looked after; outlives this.
    supervisor(base::loop_group& loops, settings how);
    supervisor(base::loop_group& loops, settings how, launcher launch);
    supervisor(const supervisor&) = delete;
    supervisor& operator=(const supervisor&) = delete;
    ~supervisor();

    // A driver with a worker of its own, started on first use and ended with the driver.
    // for_datasource: whom it serves alone, for the log; empty = everybody.
    [[nodiscard]] std::shared_ptr<backend::driver> driver(
        const registry::plugin& which, std::string_view for_datasource
    );

    // Not on a thread of the host.
    [[nodiscard]] std::vector<plugin_figures> figures(std::chrono::milliseconds patience);

    // Starts no more workers, and ends those there are; done: when all are gone, on any thread.
    void shut(callback<void()> done);
    // Ends all workers and waits until they are gone, or are killed. Call it before the loops stop;
    // not on a thread of the host.
    void stop(std::chrono::milliseconds patience) noexcept;

private:
    [[nodiscard]] std::vector<std::shared_ptr<fleet>> living();
    void settle() noexcept;

    base::loop_group& loops_;
    const settings how_;
    const launcher launch_;
    const std::shared_ptr<life_gate> gate_;
    std::mutex mutex_;
    // Guarded by mutex_
    std::vector<std::weak_ptr<fleet>> fleets_;
    std::size_t turn_ = 0;
};

}  // namespace qry::supervisor
