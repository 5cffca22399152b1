#include <qry/stats.hpp>

#include <algorithm>

namespace qry {

std::chrono::nanoseconds latency_histogram::quantile(double p) const noexcept {
    // What is no number asks for nothing.
    const double share = p > 0 ? std::min(p, 1.0) : 0.0;
    std::uint64_t all = 0;
    for (const std::uint64_t one : counts)
        all += one;
    const double rank = share * static_cast<double>(all);
    double before = 0;
    std::chrono::nanoseconds lower{};
    for (std::size_t i = 0; i < bounds.size(); ++i) {
        const auto inside = static_cast<double>(counts[i]);
        const std::chrono::nanoseconds upper = bounds[i];
        if (counts[i] != 0 && before + inside >= rank) {
            const double part = (rank - before) / inside;
            const auto width = static_cast<double>((upper - lower).count());
            return lower + std::chrono::nanoseconds(static_cast<std::int64_t>(width * part));
        }
        before += inside;
        lower = upper;
    }
    return all == 0 ? std::chrono::nanoseconds{} : lower;
}

}  // namespace qry
