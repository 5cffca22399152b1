// The tests, each with a stable id and the rule that it checks in one sentence.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <vector>

#include "bench.hpp"

namespace qry::conformance {

struct test_case {
    const char* id;
    const char* rule;
    // Ends by exception when the rule is broken or does not apply.
    void (*run)(bench&);
    // QRY_CAN_*; skipped unless the plugin declares all of them.
    std::uint64_t needs = 0;
    std::chrono::seconds limit{30};
};

[[nodiscard]] std::span<const test_case> entry_tests();
[[nodiscard]] std::span<const test_case> connect_tests();
[[nodiscard]] std::span<const test_case> execute_tests();
[[nodiscard]] std::span<const test_case> result_tests();
[[nodiscard]] std::span<const test_case> introspect_tests();
[[nodiscard]] std::span<const test_case> cancel_tests();

// All of them, in the order in which they help most.
[[nodiscard]] std::vector<test_case> all_tests();

}  // namespace qry::conformance
