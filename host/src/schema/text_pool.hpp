// Texts, each kept once and named by a number.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "schema/layout.hpp"

namespace qry::schema {

// Not thread-safe.
class text_pool {
public:
    text_pool();
    // The number of this text, which is never 0. Once the pool is full(), some other number.
    [[nodiscard]] text_id intern(std::string_view text);
    [[nodiscard]] std::string_view text(text_id id) const noexcept {
        if (id == 0) return {};
        return std::string_view(bytes_).substr(ends_[id - 1], ends_[id] - ends_[id - 1]);
    }
    // A text did not fit: offsets have 32 bits.
    [[nodiscard]] bool full() const noexcept { return full_; }

    [[nodiscard]] const std::vector<std::uint32_t>& ends() const noexcept { return ends_; }
    [[nodiscard]] const std::string& bytes() const noexcept { return bytes_; }

private:
    void grow();

    std::string bytes_;
    // ends_[0] is 0 and belongs to NULL.
    std::vector<std::uint32_t> ends_{0};
    // By text_id, so that growing hashes nothing again.
    std::vector<std::uint32_t> hashes_{0};
    // Open addressing; 0 = free. A power of two.
    std::vector<text_id> slots_;
    bool full_ = false;
};

}  // namespace qry::schema
