// What a fault test counts and times, and how it says so: each test prints its figure with n.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace qry::test {

using clock_type = std::chrono::steady_clock;
using milliseconds = std::chrono::duration<double, std::milli>;

// Repetitions: `few` for every day; $QRY_FAULT_RUNS, when it is more, for the figures of a release.
[[nodiscard]] int runs(int few);
// A limit on time: exactly as stated with QRY_FAULT_STRICT=1, on a machine that does nothing else;
// otherwise so long that only what hangs is beyond it.
[[nodiscard]] milliseconds limit(milliseconds stated);

// Durations of one kind. Thread-safe.
class timings {
public:
    void add(milliseconds one);
    [[nodiscard]] std::size_t count() const;
    // 0 <= part <= 1; the slowest when there are too few to tell. Zero without any.
    [[nodiscard]] milliseconds at(double part) const;
    [[nodiscard]] milliseconds max() const { return at(1.0); }
    // "p50 1.2 p99 3.4 max 5.6 ms, n = 100"
    [[nodiscard]] std::string text() const;

private:
    mutable std::mutex mutex_;
    std::vector<double> all_;
};

// What went wrong, and how many things were tried. Thread-safe.
class tally {
public:
    void tried() { note({}); }
    void failed(std::string how) { note(std::move(how)); }
    [[nodiscard]] std::size_t count() const;
    [[nodiscard]] std::size_t failures() const;
    // The first few failures, for the test's log.
    [[nodiscard]] std::string examples() const;

private:
    void note(std::string how);

    mutable std::mutex mutex_;
    std::size_t count_ = 0;
    std::vector<std::string> failures_;
};

void print_figure(const std::string& row, const std::string& text);

// Looks until `there` holds; false when `patience` runs out. Looks again after a millisecond.
[[nodiscard]] bool eventually(
    const std::function<bool()>& there, std::chrono::nanoseconds patience = std::chrono::seconds(10)
);

// Of this process.
[[nodiscard]] std::size_t thread_count();
[[nodiscard]] std::size_t descriptor_count();
[[nodiscard]] std::size_t resident_kilobytes();

}  // namespace qry::test
