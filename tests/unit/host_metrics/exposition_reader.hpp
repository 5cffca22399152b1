// Reads the text format of Prometheus 0.0.4, strictly: by its rules, not by our writer's habits.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace exposition {

using labels = std::map<std::string, std::string>;

struct family {
    std::string type;
    std::string help;
    // By full name (with _bucket, _sum, _count) and labels.
    std::map<std::pair<std::string, labels>, double> samples;
};

// By name. Throws std::runtime_error with the line that breaks a rule: grammar, a family in two
// places, a sample twice, a histogram whose buckets do not add up.
[[nodiscard]] std::map<std::string, family> read(std::string_view text);

// The value of the one sample with these labels; throws when there is none.
[[nodiscard]] double value(
    const std::map<std::string, family>& all, const std::string& name, const labels& of
);

}  // namespace exposition
