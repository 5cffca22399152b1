// The workers of one plugin: one that serves, perhaps one that starts, and those that end what they
// have. Starts them when they are wanted, and hands their lanes to whoever connects.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/loop_group.hpp"
#include "base/timers.hpp"
#include "supervisor/process.hpp"
#include "supervisor/remote_attempt.hpp"
#include "supervisor/restart_policy.hpp"
#include "supervisor/worker.hpp"

namespace qry::supervisor {

// What of a plugin's files tells one version from another.
struct plugin_stamp {
    std::array<std::int64_t, 6> values{};
    friend bool operator==(const plugin_stamp&, const plugin_stamp&) = default;
};
[[nodiscard]] plugin_stamp stamp_of(
    const std::filesystem::path& manifest, const std::filesystem::path& library
);

struct fleet_parts {
    worker_parts worker;
    std::filesystem::path manifest;
    std::filesystem::path library;
    launcher launch;
    restart_limits restarts{};
    // The plugin's files are looked at so often, while sessions are wanted.
    std::int64_t look_every_ns = 1'000'000'000;
};

class fleet final : public worker_source,
                    public base::timer_entry,
                    public std::enable_shared_from_this<fleet> {
public:
    explicit fleet(fleet_parts parts);
    ~fleet() override;

    // worker_source: any thread
    [[nodiscard]] std::shared_ptr<remote_lane> serving(std::size_t loop) override;
    void want(std::size_t loop, answer then) override;

    // Any thread. Starts no more workers, and ends those there are; done: when all are gone.
    void shut(callback<void()> done);
    // Any thread, after shut(): kills those that have not ended.
    void give_up();
    // Any thread. On the home loop, with a line for each worker that lives; when none does, with
    // one that says whether the next may start.
    void report(callback<void(std::vector<worker_report>)> then);
    [[nodiscard]] const plugin_share& share() const noexcept { return *parts_.worker.share; }

private:
    [[nodiscard]] worker_report idle_report() const;
    struct waiter {
        std::size_t loop;
        answer then;
    };

    void expired() noexcept override;
    void consider();
    void look_for_upgrade(std::int64_t now);
    void start();
    void serve();
    void refuse(const error& why);
    void on_ready(const std::shared_ptr<worker>& who);
    void on_draining(const std::shared_ptr<worker>& who);
    void on_gone(
        const std::shared_ptr<worker>& who, const death& why, const std::optional<error>& failure
    );
    [[nodiscard]] error breaker_error(std::int64_t until_ns, std::int64_t now) const;
    void set_serving(std::shared_ptr<worker> who);
    void finish_if_shut();

    const fleet_parts parts_;
    base::timers& timers_;

    std::mutex mutex_;
    // Guarded by mutex_
    std::shared_ptr<worker> serving_;
    std::int64_t next_look_ns_ = 0;

    // Not thread-safe: the home loop only
    std::vector<waiter> waiting_;
    // All that live, the serving and the starting one among them.
    std::vector<std::shared_ptr<worker>> workers_;
    std::shared_ptr<worker> starting_;
    restart_policy policy_;
    plugin_stamp started_with_;
    // An upgrade that did not start; not tried again until the files change again.
    plugin_stamp refused_;
    bool died_ = false;
    bool shut_ = false;
    std::vector<callback<void()>> on_shut_;
    // Until it is over.
    std::shared_ptr<fleet> keep_;
};

}  // namespace qry::supervisor
