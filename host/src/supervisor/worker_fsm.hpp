// The life of one worker process, from its start to its end: what it may take, and when it must go.
// No I/O, no clock, no thread.
#pragma once

#include <cstdint>

namespace qry::supervisor {

enum class worker_state {
    // Spawned; has not said that its plugin is loaded.
    starting,
    ready,
    // Ends what it has, takes nothing new.
    draining,
    // Nothing runs on it; asked to end.
    ending,
    // Sent the signal that nobody survives.
    killed,
    dead
};
[[nodiscard]] const char* to_text(worker_state state) noexcept;

enum class drain_reason {
    // A newer version of the plugin serves.
    upgraded,
    // One of its sessions does not end.
    stuck,
    // The host is closed, or nobody uses the plugin any more.
    closed
};

// What runs on a worker, stuck sessions not counted.
struct worker_load {
    // Sessions and attempts.
    int channels = 0;
    // Of these, with work under way.
    int busy = 0;
    // Lanes that may still begin something: they have not heard of the drain yet.
    int unaware = 0;
};

struct worker_limits {
    std::int64_t start_ns = 10'000'000'000;
    // From the moment it drains until it is killed.
    std::int64_t upgraded_ns = 600'000'000'000;
    std::int64_t stuck_ns = 5'000'000'000;
    std::int64_t closed_ns = 2'000'000'000;
    // From the moment it was asked to end.
    std::int64_t end_ns = 1'000'000'000;
};

enum class worker_action {
    none,
    // Hang up: it ends by itself.
    end,
    kill
};

// Not thread-safe.
class worker_fsm {
public:
    worker_fsm(worker_limits limits, std::int64_t now)
        : limits_(limits), due_ns_(now + limits.start_ns) {}

    [[nodiscard]] worker_state now() const noexcept { return state_; }
    [[nodiscard]] bool takes_channels() const noexcept { return state_ == worker_state::ready; }
    // It has answered hello.
    void ready() noexcept;
    // The first reason counts, but a stuck one shortens the time.
    void drain(drain_reason why, std::int64_t now) noexcept;
    // To be asked when a channel went, and at due_ns().
    [[nodiscard]] worker_action look(std::int64_t now, worker_load load) noexcept;
    // By whoever: nothing more is to be done but to wait.
    void killed() noexcept;
    void ended() noexcept;
    // never_ns: nothing to wait for.
    [[nodiscard]] std::int64_t due_ns() const noexcept { return due_ns_; }

private:
    [[nodiscard]] std::int64_t bound(drain_reason why) const noexcept;

    worker_limits limits_;
    worker_state state_ = worker_state::starting;
    std::int64_t due_ns_;
    bool stuck_ = false;
};

}  // namespace qry::supervisor
