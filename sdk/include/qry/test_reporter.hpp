// How a driver's test() tells its steps, each with the time that it took.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include "call.hpp"
#include "clock.hpp"
#include "error.hpp"

namespace qry {

// Times are of now_ns(). The call outlives it.
class test_reporter {
public:
    explicit test_reporter(const call& c) noexcept : call_(c) {}

    void passed(const char* name, std::int64_t from_ns, std::int64_t until_ns, std::string detail)
        const {
        call_.report(test_step{name, true, span(from_ns, until_ns), std::move(detail), {}});
    }
    // Until now.
    void passed(const char* name, std::int64_t from_ns, std::string detail) const {
        passed(name, from_ns, now_ns(), std::move(detail));
    }
    // Returns the error, so that the caller can end with it.
    [[nodiscard]] error failed(const char* name, std::int64_t from_ns, error e) const {
        call_.report(test_step{name, false, span(from_ns, now_ns()), e.message, e.hint});
        return e;
    }

private:
    static std::chrono::nanoseconds span(std::int64_t from_ns, std::int64_t until_ns) {
        return std::chrono::nanoseconds(until_ns > from_ns ? until_ns - from_ns : 0);
    }
    const call& call_;
};

}  // namespace qry
