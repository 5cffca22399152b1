// Writes the text format of Prometheus, version 0.0.4: families of samples, escaped and in order.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <qry/stats.hpp>

namespace qry::metrics {

using labels = std::vector<std::pair<std::string_view, std::string>>;

class exposition {
public:
    // "counter", "gauge", "histogram". Its samples follow; a family without any is left out.
    void family(std::string_view name, std::string_view type, std::string_view help);
    void sample(const labels& of, std::uint64_t value);
    void sample(const labels& of, double value);
    // The samples of a histogram, in seconds.
    void histogram(const labels& of, const latency_histogram& value);

    [[nodiscard]] std::string take() && { return std::move(out_); }

private:
    void line(std::string_view suffix, const labels& of, std::string_view value);

    std::string name_;
    std::string header_;
    std::string out_;
};

}  // namespace qry::metrics
