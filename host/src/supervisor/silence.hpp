// How long a worker has not answered: a decision, without I/O and without a clock.
#pragma once

#include <algorithm>
#include <cstdint>

namespace qry::supervisor {

// A ping, and the looks for its answer. Of the time since it was sent, two kinds do not count:
// when nobody looked, because this process slept or its loop was held up (the answer may lie in
// the socket); and when the worker was ready to run and was given no CPU. The latter for nine
// tenths of the time at most: a plugin that spins among others waits for a CPU too, and is to be
// found out in the end. Times are CLOCK_MONOTONIC nanoseconds.
class silence {
public:
    // No answer is outstanding.
    [[nodiscard]] bool broken() const noexcept { return sent_ns_ == 0; }
    void ask(std::int64_t now) noexcept {
        sent_ns_ = now;
        waited_ns_ = 0;
        unseen_ns_ = 0;
    }
    void answer() noexcept { sent_ns_ = 0; }

    // A look that was due at `due_ns`.
    void look(std::int64_t now, std::int64_t due_ns) noexcept {
        now_ns_ = now;
        unseen_ns_ += std::max<std::int64_t>(0, now - due_ns);
    }
    // How long the worker has waited for a CPU since the ping, as far as known.
    void waited_for_cpu(std::int64_t ns) noexcept { waited_ns_ = ns; }
    // At the last look.
    [[nodiscard]] std::int64_t so_far_ns() const noexcept {
        const std::int64_t seen = std::max<std::int64_t>(0, now_ns_ - sent_ns_ - unseen_ns_);
        return seen - std::min(waited_ns_, seen / 10 * 9);
    }

private:
    // 0 = no ping is out.
    std::int64_t sent_ns_ = 0;
    std::int64_t now_ns_ = 0;
    std::int64_t unseen_ns_ = 0;
    std::int64_t waited_ns_ = 0;
};

}  // namespace qry::supervisor
