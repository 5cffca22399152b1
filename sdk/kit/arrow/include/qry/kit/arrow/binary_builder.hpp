// Text and bytes of any length, and dictionary-encoded text.
#pragma once

#include <cstdint>
#include <cstring>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

#include <qry/kit/arrow/column_builder.hpp>

namespace qry::arrow {

// Offset is int32 for utf8 and binary, int64 for their large forms. The builder does not check
// UTF-8: text from a server is checked where it is decoded.
template <class Offset>
class basic_binary_builder final : public column_builder {
public:
    static constexpr std::int64_t max_payload = std::numeric_limits<Offset>::max();

    basic_binary_builder(data_type type, memory from) noexcept
        : column_builder(std::move(type), from), offsets_(from), bytes_(from) {}

    // Throws column_full when the offsets would overflow.
    void append(std::string_view value) {
        char* to = prepare(value.size());
        // An empty view may be NULL, which memcpy may not be given.
        if (!value.empty()) std::memcpy(to, value.data(), value.size());
        commit(value.size());
    }
    // The same for a text with 16 readable bytes behind it: short ones without a call.
    void append_padded(std::string_view value) {
        constexpr std::size_t step = 16;
        constexpr std::size_t most = 4 * step;
        if (value.size() > most || value.data() == nullptr) return append(value);
        char* to = prepare(value.size() + step);
        for (std::size_t done = 0; done < value.size(); done += step)
            std::memcpy(to + done, value.data() + done, step);
        commit(value.size());
    }
    // True when `size` bytes more can be appended.
    [[nodiscard]] bool room(std::size_t size) const noexcept {
        return static_cast<std::uint64_t>(size) <=
               static_cast<std::uint64_t>(max_payload - payload_);
    }
    // Writing in place: at most `size` bytes from the pointer on, then commit() with how many it
    // were makes them a row. Without commit nothing has happened.
    [[nodiscard]] char* prepare(std::size_t size) {
        if (length_ >= row_capacity_ || size > byte_capacity_ - static_cast<std::size_t>(payload_))
            [[unlikely]]
            grow(size);
        return text_ + payload_;
    }
    void commit(std::size_t size) noexcept {
        payload_ += static_cast<std::int64_t>(size);
        starts_[++length_] = static_cast<Offset>(payload_);
    }
    // A row written so far, for builders that look back; valid until the next append.
    [[nodiscard]] std::string_view view(std::int64_t row) const noexcept {
        const auto from = static_cast<std::size_t>(starts_[row]);
        return {text_ + from, static_cast<std::size_t>(starts_[row + 1]) - from};
    }
    void append_null() override {
        (void)prepare(0);
        validity_.set_null(length_);
        commit(0);
    }
    void reserve(std::int64_t rows) override;
    // Room for this many bytes more.
    void reserve_bytes(std::size_t bytes) { grow(bytes); }
    unique_array finish() override;
    void clear() noexcept override {
        length_ = 0;
        payload_ = 0;
        validity_.clear();
    }

private:
    void grow(std::size_t bytes);

    buffer offsets_;
    buffer bytes_;
    Offset* starts_ = nullptr;
    char* text_ = nullptr;
    std::int64_t row_capacity_ = 0;
    std::size_t byte_capacity_ = 0;
};

using binary_builder = basic_binary_builder<std::int32_t>;
using large_binary_builder = basic_binary_builder<std::int64_t>;
extern template class basic_binary_builder<std::int32_t>;
extern template class basic_binary_builder<std::int64_t>;

// dictionary(int32, utf8): each distinct text once per batch.
class dictionary_builder final : public column_builder {
public:
    explicit dictionary_builder(memory from)
        : column_builder(data_type::dictionary(type_id::int32, type_id::utf8), from),
          indices_(from),
          values_(type_id::utf8, from) {}

    void append(std::string_view value);
    void append_null() override;
    void reserve(std::int64_t rows) override;
    [[nodiscard]] std::int64_t distinct() const noexcept { return values_.length(); }
    unique_array finish() override;
    void clear() noexcept override;

private:
    [[nodiscard]] std::int32_t find_or_add(std::string_view value);
    void rehash(std::size_t slots);

    buffer indices_;
    binary_builder values_;
    std::int32_t* data_ = nullptr;
    std::int64_t capacity_ = 0;
    // Open addressing over the rows of values_; -1 = free. A power of two.
    std::vector<std::int32_t> slots_;
};

}  // namespace qry::arrow
