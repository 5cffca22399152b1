// What a fuzz target is made of: take() gets one input; require() is how it complains.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string_view>

namespace qry::fuzz {

// By the target: one per program.
void take(std::span<const std::uint8_t> input);

// Also in builds without assertions.
inline void require(bool holds, const char* rule) {
    if (holds) return;
    std::fprintf(stderr, "broken rule: %s\n", rule);
    std::abort();
}

// The input, piece by piece from its start; zero or empty beyond its end.
class pieces {
public:
    explicit pieces(std::span<const std::uint8_t> input) noexcept : input_(input) {}
    [[nodiscard]] std::uint8_t number() noexcept {
        if (input_.empty()) return 0;
        const std::uint8_t v = input_.front();
        input_ = input_.subspan(1);
        return v;
    }
    // At most so many bytes.
    [[nodiscard]] std::span<const std::uint8_t> bytes(std::size_t most) noexcept {
        const std::size_t size = most < input_.size() ? most : input_.size();
        const auto out = input_.first(size);
        input_ = input_.subspan(size);
        return out;
    }
    // Up to the next line feed, which is skipped.
    [[nodiscard]] std::string_view line() noexcept {
        std::size_t size = 0;
        while (size < input_.size() && input_[size] != '\n')
            ++size;
        const auto out = bytes(size);
        (void)number();
        return text(out);
    }
    [[nodiscard]] std::span<const std::uint8_t> rest() noexcept { return bytes(input_.size()); }
    [[nodiscard]] bool empty() const noexcept { return input_.empty(); }

    [[nodiscard]] static std::string_view text(std::span<const std::uint8_t> v) noexcept {
        return {reinterpret_cast<const char*>(v.data()), v.size()};
    }

private:
    std::span<const std::uint8_t> input_;
};

}  // namespace qry::fuzz
