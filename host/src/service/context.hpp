// What all parts of one open host share: threads, plugins, the registry, the keys.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <qry/host.hpp>
#include <qry/registry/catalog.hpp>

#include "abi/arena.hpp"
#include "backend/backend.hpp"
#include "base/loop_group.hpp"
#include "service/vault.hpp"
#include "store/store.hpp"
#include "supervisor/supervisor.hpp"

namespace qry::service {

// Shared by the host, its datasources and whatever they have under way; the last one to go ends
// the threads.
class context {
public:
    // batches: where the host keeps them, of inline plugins and copied from workers.
    [[nodiscard]] static result<std::shared_ptr<context>> open(
        host_options options, abi::block_source batches = abi::system_blocks()
    );
    context(const context&) = delete;
    context& operator=(const context&) = delete;
    ~context();

    // Runs work on the one thread that may touch registry(), vault() and driver(), in order.
    template <class Work>
    void on_store_thread(Work work) {
        boost::asio::post(store_thread_, std::move(work));
    }
    // Runs work that takes time (building snapshots) on a thread of its own, in order.
    template <class Work>
    void on_work_thread(Work work) {
        boost::asio::post(work_thread_, std::move(work));
    }

    // The driver for a datasource, made on first use: in a worker process that all datasources of
    // the plugin share ("process"), in one of its own ("datasource"), or in this process
    // ("inline"). A host opened with "inline" uses "inline" for "process". Store thread only.
    [[nodiscard]] result<std::shared_ptr<backend::driver>> driver(const store::datasource_row& of);
    // Store thread only.
    [[nodiscard]] store::store& registry() noexcept { return *registry_; }
    [[nodiscard]] class vault& vault() noexcept { return *vault_; }

    [[nodiscard]] base::loop_group& loops() noexcept { return loops_; }
    // The worker processes. Thread-safe.
    [[nodiscard]] class supervisor::supervisor& workers() noexcept { return *supervisor_; }
    [[nodiscard]] const registry::catalog& plugins() const noexcept { return plugins_; }
    // For the audit trail, and as the owner of claims.
    [[nodiscard]] const std::string& actor() const noexcept { return actor_; }
    [[nodiscard]] const std::string& owner() const noexcept { return owner_; }
    [[nodiscard]] const std::string& isolation() const noexcept { return isolation_; }
    [[nodiscard]] std::chrono::system_clock::time_point opened_at() const noexcept {
        return opened_at_;
    }
    [[nodiscard]] const std::string& location() const noexcept { return location_; }

    // True on a thread that the destructor joins: where waiting for the host would wait for itself.
    [[nodiscard]] bool on_own_thread() const noexcept;
    // Waits until every thread is through with what was handed to it before, so that nothing of it
    // holds on to this any more. Not on an own thread.
    void settle(std::chrono::milliseconds patience);
    [[nodiscard]] bool closed() const noexcept { return closed_; }
    // After close(), with all sessions closed; then: when no worker is left, on any thread.
    void end_workers(callback<void()> then);
    // True for the first caller.
    [[nodiscard]] bool close() noexcept { return !closed_.exchange(true); }

private:
    context(
        host_options options,
        std::unique_ptr<store::store> registry,
        supervisor::settings workers,
        abi::block_source batches
    );
    [[nodiscard]] result<std::shared_ptr<backend::driver>> inline_driver(
        const registry::plugin& which
    );
    [[nodiscard]] std::shared_ptr<backend::driver> own_driver(
        const registry::plugin& which, const store::datasource_row& of
    );
    static void destroy(context* self) noexcept;

    std::atomic<bool> closed_{false};
    const std::chrono::system_clock::time_point opened_at_ = std::chrono::system_clock::now();
    std::string actor_;
    std::string owner_;
    std::string isolation_;
    std::string location_;
    registry::catalog plugins_;
    const abi::block_source batches_;
    base::loop_group loops_;
    std::unique_ptr<class supervisor::supervisor> supervisor_;
    // Store thread only
    std::unique_ptr<store::store> registry_;
    std::unique_ptr<class vault> vault_;
    // By plugin.
    std::map<std::string, std::shared_ptr<backend::driver>> inline_drivers_;
    std::map<std::string, std::shared_ptr<backend::driver>> shared_drivers_;
    // By plugin and datasource; ended with the datasource's last runtime.
    std::map<std::string, std::weak_ptr<backend::driver>> own_drivers_;
    // Thread-safe
    boost::asio::thread_pool work_thread_{1};
    boost::asio::thread_pool store_thread_{1};
};
using context_ptr = std::shared_ptr<context>;

}  // namespace qry::service
