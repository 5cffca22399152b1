// Big-endian numbers in a message, and a reader that cannot leave it.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

namespace qry::postgresql {

// T: an unsigned or signed integer of 2, 4 or 8 bytes, float or double.
template <class T>
[[nodiscard]] inline T load(const std::uint8_t* from) noexcept {
    if constexpr (sizeof(T) == 1) {
        return std::bit_cast<T>(*from);
    } else if constexpr (sizeof(T) == 2) {
        std::uint16_t raw;
        std::memcpy(&raw, from, sizeof(raw));
        return std::bit_cast<T>(static_cast<std::uint16_t>(__builtin_bswap16(raw)));
    } else if constexpr (sizeof(T) == 4) {
        std::uint32_t raw;
        std::memcpy(&raw, from, sizeof(raw));
        return std::bit_cast<T>(__builtin_bswap32(raw));
    } else {
        static_assert(sizeof(T) == 8);
        std::uint64_t raw;
        std::memcpy(&raw, from, sizeof(raw));
        return std::bit_cast<T>(__builtin_bswap64(raw));
    }
}

// Reads fields one after another. After a read beyond the end, ok() is false for good and every
// value is zero or empty.
class byte_reader {
public:
    explicit byte_reader(std::span<const std::uint8_t> bytes) noexcept
        : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

    template <class T>
    [[nodiscard]] T take() noexcept {
        if (left() < sizeof(T)) return fail(), T{};
        const T value = load<T>(at_);
        at_ += sizeof(T);
        return value;
    }
    [[nodiscard]] std::span<const std::uint8_t> take_bytes(std::size_t count) noexcept {
        if (left() < count) return fail(), std::span<const std::uint8_t>();
        const std::uint8_t* from = at_;
        at_ += count;
        return {from, count};
    }
    // Up to the next NUL, which is skipped.
    [[nodiscard]] std::string_view take_text() noexcept {
        const void* nul = left() == 0 ? nullptr : std::memchr(at_, 0, left());
        if (nul == nullptr) return fail(), std::string_view();
        const auto* end = static_cast<const std::uint8_t*>(nul);
        const std::string_view text(
            reinterpret_cast<const char*>(at_), static_cast<std::size_t>(end - at_)
        );
        at_ = end + 1;
        return text;
    }
    [[nodiscard]] std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - at_); }
    [[nodiscard]] bool ok() const noexcept { return ok_; }
    // Everything was read, and nothing beyond it.
    [[nodiscard]] bool finished() const noexcept { return ok_ && at_ == end_; }

private:
    void fail() noexcept {
        ok_ = false;
        at_ = end_;
    }

    const std::uint8_t* at_;
    const std::uint8_t* end_;
    bool ok_ = true;
};

}  // namespace qry::postgresql
