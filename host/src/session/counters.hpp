// What one datasource has done, in numbers. Outlives its runtimes, which come and go with edits.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

#include <qry/host.hpp>

namespace qry::session {

class session_pool;

// Thread-safe. What runs for every query is a few relaxed additions and never waits; a reader that
// looks meanwhile may see one of them and not yet the next.
class counters {
public:
    // A query was asked for. Exactly one of the next three follows.
    void began() noexcept { add(queries_); }
    void succeeded(duration elapsed) noexcept;
    void failed(status kind, duration elapsed) noexcept;
    // Ended before it could begin: it took no time that is worth a place in the histogram.
    void refused(status kind) noexcept { add(errors_[place_of(kind)]); }

    void delivered(std::int64_t rows, std::uint64_t bytes) noexcept;

    // Of a piece of work, the first time that the plugin is asked to end it.
    void cancel_sent() noexcept { add(cancels_sent_); }
    // How that came out: one of these, once.
    void cancel_confirmed() noexcept { add(cancels_confirmed_); }
    void cancel_escalated() noexcept { add(cancels_escalated_); }

    // The pools at work for the datasource; the figures of one that leaves are kept.
    void join(const session_pool& one);
    void leave(const session_pool& one) noexcept;
    [[nodiscard]] pool_stats pools() const;

    // Everything but name, driver and isolation.
    void fill(datasource_stats& out) const;

private:
    using number = std::atomic<std::uint64_t>;
    static constexpr std::size_t kinds = static_cast<std::size_t>(status::forked_process) + 1;
    static constexpr std::size_t buckets = latency_histogram::bounds.size() + 1;

    static void add(number& to, std::uint64_t what = 1) noexcept {
        to.fetch_add(what, std::memory_order_relaxed);
    }
    [[nodiscard]] static std::size_t place_of(status kind) noexcept;
    void took(duration elapsed) noexcept;

    // Thread-safe. What every query touches lies together.
    alignas(64) number queries_{0};
    number succeeded_{0};
    number rows_{0};
    number batches_{0};
    number bytes_{0};
    number latency_ns_{0};
    std::array<number, buckets> latency_{};
    std::array<number, kinds> errors_{};
    number cancels_sent_{0};
    number cancels_confirmed_{0};
    number cancels_escalated_{0};

    mutable std::mutex mutex_;
    // Guarded by mutex_, which is taken before a pool's own
    std::vector<const session_pool*> pools_;
    pool_stats left_;
};

}  // namespace qry::session
