// A text that must not be seen: no copy, no stream operator, no formatter, wiped when it goes.
#pragma once

#include <cstddef>
#include <cstring>
#include <iosfwd>
#include <memory>
#include <string_view>
#include <utility>

namespace qry {

// Writes zeros that the optimiser may not remove.
inline void wipe(void* data, std::size_t size) noexcept {
    if (size != 0) {
        std::memset(data, 0, size);
        __asm__ __volatile__("" : : "r"(data) : "memory");
    }
}

class secret {
public:
    secret() = default;
    // Copies `text`; wiping the source is the caller's business.
    explicit secret(std::string_view text) : size_(text.size()), data_(new char[text.size() + 1]) {
        // An empty view may point nowhere, which memcpy must not be given.
        if (!text.empty()) std::memcpy(data_.get(), text.data(), text.size());
        data_[size_] = '\0';
    }
    secret(secret&& other) noexcept
        : size_(std::exchange(other.size_, 0)), data_(std::move(other.data_)) {}
    secret& operator=(secret&& other) noexcept {
        if (this != &other) {
            clear();
            size_ = std::exchange(other.size_, 0);
            data_ = std::move(other.data_);
        }
        return *this;
    }
    secret(const secret&) = delete;
    secret& operator=(const secret&) = delete;
    ~secret() { clear(); }

    [[nodiscard]] secret clone() const { return secret(reveal()); }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    // The one way to the text; NUL-terminated. Do not keep it, do not log it.
    [[nodiscard]] std::string_view reveal() const noexcept {
        return data_ ? std::string_view(data_.get(), size_) : std::string_view("");
    }
    void clear() noexcept {
        if (data_) wipe(data_.get(), size_);
        data_.reset();
        size_ = 0;
    }

    // Formatting a secret must not compile, whatever overloads are in sight.
    friend std::ostream& operator<<(std::ostream&, const secret&) = delete;

private:
    std::size_t size_ = 0;
    std::unique_ptr<char[]> data_;
};

}  // namespace qry
