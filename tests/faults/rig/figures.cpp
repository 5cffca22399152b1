#include "figures.hpp"

#include <poll.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <iterator>
#include <sstream>

namespace qry::test {

namespace {

std::size_t entries(const char* folder) {
    const std::filesystem::directory_iterator all(folder);
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

}  // namespace

int runs(int few) {
    const char* wanted = std::getenv("QRY_FAULT_RUNS");
    return wanted != nullptr ? std::max(few, std::atoi(wanted)) : few;
}

milliseconds limit(milliseconds stated) {
    const char* strict = std::getenv("QRY_FAULT_STRICT");
    return strict != nullptr && *strict == '1' ? stated : stated + std::chrono::seconds(10);
}

void timings::add(milliseconds one) {
    const std::lock_guard lock(mutex_);
    all_.push_back(one.count());
}

std::size_t timings::count() const {
    const std::lock_guard lock(mutex_);
    return all_.size();
}

milliseconds timings::at(double part) const {
    const std::lock_guard lock(mutex_);
    if (all_.empty()) return {};
    std::vector<double> sorted = all_;
    std::sort(sorted.begin(), sorted.end());
    const auto rank =
        static_cast<std::size_t>(std::ceil(part * static_cast<double>(sorted.size())));
    return milliseconds(sorted[std::clamp<std::size_t>(rank, 1, sorted.size()) - 1]);
}

std::string timings::text() const {
    std::ostringstream out;
    out << std::fixed << std::setprecision(1) << "p50 " << at(0.5).count() << " p99 "
        << at(0.99).count() << " max " << max().count() << " ms, n = " << count();
    return out.str();
}

std::size_t tally::count() const {
    const std::lock_guard lock(mutex_);
    return count_;
}

std::size_t tally::failures() const {
    const std::lock_guard lock(mutex_);
    return failures_.size();
}

std::string tally::examples() const {
    const std::lock_guard lock(mutex_);
    std::string out;
    for (std::size_t i = 0; i < std::min<std::size_t>(failures_.size(), 8); ++i)
        out += failures_[i] + "\n";
    return out;
}

void tally::note(std::string how) {
    const std::lock_guard lock(mutex_);
    ++count_;
    if (!how.empty()) failures_.push_back(std::move(how));
}

void print_figure(const std::string& row, const std::string& text) {
    const std::string line = "figure: " + row + ": " + text;
    std::cout << line << std::endl;
    // What runs the tests shows them at its end: it hides what passing tests print.
    if (const char* collected = std::getenv("QRY_FIGURES")) {
        std::ofstream(collected, std::ios::app) << line << '\n';
    }
}

bool eventually(const std::function<bool()>& there, std::chrono::nanoseconds patience) {
    const auto until = clock_type::now() + patience;
    while (!there()) {
        if (clock_type::now() > until) return false;
        ::poll(nullptr, 0, 1);
    }
    return true;
}

std::size_t thread_count() {
    return entries("/proc/self/task");
}

std::size_t descriptor_count() {
    return entries("/proc/self/fd");
}

std::size_t resident_kilobytes() {
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;) {
        std::size_t kilobytes = 0;
        if (word == "VmRSS:" && status >> kilobytes) return kilobytes;
    }
    return 0;
}

}  // namespace qry::test
