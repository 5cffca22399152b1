// What the tests of credentials share: a client on a loop, a clock that is set by hand.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <qry/kit/auth/renewing.hpp>

#include "../http/rig.hpp"

namespace qry::test {

template <class T>
using pending = std::shared_ptr<std::optional<result<T>>>;

class auth_rig : public rig {
public:
    using rig::rig;

    template <class T>
    pending<T> ask(task<result<T>> work) {
        auto out = std::make_shared<std::optional<result<T>>>();
        start(
            std::move(work),
            [out](result<T> got) noexcept { out->emplace(std::move(got)); },
            [](const std::exception_ptr&) noexcept { std::terminate(); }
        );
        return out;
    }
    template <class T>
    result<T> run(task<result<T>> work) {
        auto out = ask(std::move(work));
        REQUIRE(until([&] { return out->has_value(); }));
        return std::move(**out);
    }
};

// Copies show the same time.
class hand_clock {
public:
    [[nodiscard]] std::int64_t operator()() const noexcept { return *now_; }
    void pass(std::chrono::nanoseconds span) noexcept { *now_ += span.count(); }

private:
    std::shared_ptr<std::int64_t> now_ = std::make_shared<std::int64_t>(1'000'000'000'000);
};

// One try, so that a refusal is seen at once.
inline options one_try() {
    options how;
    how.retry.max_tries = 1;
    return how;
}

inline std::string text_of(const result<secret>& got) {
    return got ? std::string(got->reveal()) : "error: " + got.error().message;
}

}  // namespace qry::test
