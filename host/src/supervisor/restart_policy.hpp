// When a dead worker may be started again: at once, after a pause, or not for a while. No clock.
//
// A worker that has done its work and then crashed is started again by the next who needs it: most
// crashes are one query's. One that dies without having answered anybody is started with growing
// pauses, and after some tries not at all for a while, so that a broken plugin costs no more than
// an error that names it.
#pragma once

#include <cstdint>
#include <string>

namespace qry::supervisor {

struct restart_limits {
    // After the first death without an answer before it; doubled by each that follows.
    std::int64_t first_pause_ns = 100'000'000;
    std::int64_t longest_pause_ns = 10'000'000'000;
    // So many deaths in a row, and callers are refused for refuse_ns.
    int most_failures = 5;
    std::int64_t refuse_ns = 10'000'000'000;
};

// Not thread-safe.
class restart_policy {
public:
    explicit restart_policy(restart_limits limits = {}) : limits_(limits) {}

    enum class answer {
        start,
        // Not before until_ns.
        wait,
        // Callers get an error until until_ns.
        refuse
    };
    struct verdict {
        answer what = answer::start;
        std::int64_t until_ns = 0;
    };
    [[nodiscard]] verdict ask(std::int64_t now) const noexcept;
    // reason: "crashed (signal 11, SIGSEGV)".
    // answered: whether this worker ever answered a verb.
    enum class life { answered, useless };
    void died(std::int64_t now, life what, std::string reason);

    // Deaths in a row without an answer in between.
    [[nodiscard]] int failures() const noexcept { return failures_; }
    [[nodiscard]] const std::string& last_reason() const noexcept { return last_reason_; }

private:
    [[nodiscard]] std::int64_t pause_ns() const noexcept;

    restart_limits limits_;
    int failures_ = 0;
    std::int64_t died_at_ns_ = 0;
    std::string last_reason_;
};

}  // namespace qry::supervisor
