// An absolute, monotonic point in time, made once at the door, that knows which limit it came from.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include <qry/error.hpp>
#include <qry/result.hpp>

#include "base/clock.hpp"

namespace qry::base {

class deadline {
public:
    // None.
    deadline() = default;
    deadline(std::int64_t started_ns, std::chrono::nanoseconds limit, std::string source)
        : started_ns_(started_ns),
          at_ns_(add_ns(started_ns, limit.count())),
          limit_(limit),
          source_(std::move(source)) {}

    // Refuses a limit that is not positive, naming `source`.
    [[nodiscard]] static result<deadline> make(
        std::int64_t started_ns, std::chrono::nanoseconds limit, std::string source
    );

    [[nodiscard]] std::int64_t at_ns() const noexcept { return at_ns_; }
    [[nodiscard]] std::int64_t started_ns() const noexcept { return started_ns_; }
    [[nodiscard]] std::chrono::nanoseconds limit() const noexcept { return limit_; }
    // "query", "datasource 'sales'", "default".
    [[nodiscard]] const std::string& source() const noexcept { return source_; }
    [[nodiscard]] bool passed(std::int64_t now) const noexcept { return now >= at_ns_; }
    // What an error says about it.
    [[nodiscard]] time_limit describe(std::int64_t now) const;

private:
    std::int64_t started_ns_ = 0;
    std::int64_t at_ns_ = never_ns;
    std::chrono::nanoseconds limit_ = std::chrono::nanoseconds::max();
    std::string source_;
};

}  // namespace qry::base
