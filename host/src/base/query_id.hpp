// Names for queries: short, printable, unique within a fleet of hosts for all practical purposes.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

namespace qry::base {

// Thread-safe. An id fits a small string: "k3f9x2q-1a".
class query_ids {
public:
    // Starts with 35 random bits.
    query_ids();
    // Starts with the low 35 bits of `prefix`.
    explicit query_ids(std::uint64_t prefix);
    [[nodiscard]] std::string next();

private:
    char prefix_[8];
    std::atomic<std::uint64_t> count_{0};
};

}  // namespace qry::base
