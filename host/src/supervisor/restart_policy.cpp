#include "supervisor/restart_policy.hpp"

#include <algorithm>
#include <utility>

namespace qry::supervisor {

std::int64_t restart_policy::pause_ns() const noexcept {
    std::int64_t pause = limits_.first_pause_ns;
    for (int i = 1; i < failures_ && pause < limits_.longest_pause_ns; ++i)
        pause *= 2;
    return std::min(pause, limits_.longest_pause_ns);
}

restart_policy::verdict restart_policy::ask(std::int64_t now) const noexcept {
    if (failures_ == 0) return {};
    if (failures_ >= limits_.most_failures) {
        const std::int64_t until = died_at_ns_ + limits_.refuse_ns;
        return now < until ? verdict{answer::refuse, until} : verdict{};
    }
    const std::int64_t until = died_at_ns_ + pause_ns();
    return now < until ? verdict{answer::wait, until} : verdict{};
}

void restart_policy::died(std::int64_t now, life what, std::string reason) {
    failures_ = what == life::answered ? 0 : failures_ + 1;
    died_at_ns_ = now;
    last_reason_ = std::move(reason);
}

}  // namespace qry::supervisor
