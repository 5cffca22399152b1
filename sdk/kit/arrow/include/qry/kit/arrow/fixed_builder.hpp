// Columns of fixed width: numbers, dates and times, decimals, intervals, booleans, raw bytes.
#pragma once

#include <cstdint>
#include <span>
#include <utility>

#include <qry/kit/arrow/column_builder.hpp>
#include <qry/kit/arrow/int256.hpp>

namespace qry::arrow {

// Arrow's interval of months, days and nanoseconds.
struct month_day_nano {
    std::int32_t months = 0;
    std::int32_t days = 0;
    std::int64_t nanoseconds = 0;
    friend bool operator==(const month_day_nano&, const month_day_nano&) = default;
};
static_assert(sizeof(month_day_nano) == 16);

// T is the type in memory: std::int64_t for int64, timestamp, time64, duration; std::int32_t for
// int32, date32, time32; std::uint16_t for float16; int128 and int256 for decimals.
template <class T>
class fixed_builder final : public column_builder {
public:
    using value_type = T;

    fixed_builder(data_type type, memory from) noexcept
        : column_builder(std::move(type), from), values_(from) {
        assert(type_.row_bits() == static_cast<int>(sizeof(T) * 8));
    }

    void append(T value) {
        if (length_ == capacity_) [[unlikely]]
            reserve(1);
        unsafe_append(value);
    }
    // After reserve().
    void unsafe_append(T value) noexcept { data_[length_++] = value; }
    // Writing in place, for who keeps the count of rows of all columns in one place: values() has
    // room for capacity() rows, and set_length() makes what was written there rows. Until the next
    // reserve() or finish().
    [[nodiscard]] T* values() noexcept { return data_; }
    [[nodiscard]] std::int64_t capacity() const noexcept { return capacity_; }
    void set_length(std::int64_t rows) noexcept { length_ = rows; }
    void append_null() override {
        if (length_ == capacity_) [[unlikely]]
            reserve(1);
        validity_.set_null(length_);
        data_[length_++] = T{};
    }
    void reserve(std::int64_t rows) override {
        if (length_ + rows <= capacity_) return;
        const std::int64_t capacity = next_capacity(capacity_, length_ + rows);
        values_.reserve(
            static_cast<std::size_t>(capacity) * sizeof(T),
            static_cast<std::size_t>(length_) * sizeof(T)
        );
        data_ = values_.template as<T>();
        capacity_ = capacity;
    }
    unique_array finish() override {
        array_parts parts{.length = length_, .null_count = null_count()};
        parts.buffers.reserve(2);
        parts.buffers.push_back(validity_.finish(length_));
        values_.trim(static_cast<std::size_t>(length_) * sizeof(T));
        parts.buffers.push_back(std::exchange(values_, buffer(from_)));
        data_ = nullptr;
        capacity_ = 0;
        restart();
        return export_array(std::move(parts));
    }
    void clear() noexcept override {
        length_ = 0;
        validity_.clear();
    }

private:
    buffer values_;
    T* data_ = nullptr;
    std::int64_t capacity_ = 0;
};

// One bit a row.
class bool_builder final : public column_builder {
public:
    explicit bool_builder(memory from) noexcept
        : column_builder(type_id::boolean, from), values_(from) {}

    void append(bool value) {
        if (length_ == capacity_) [[unlikely]]
            reserve(1);
        const auto bit = static_cast<unsigned>(length_ & 7);
        std::uint8_t& byte = data_[length_ >> 3];
        // The first bit of a byte clears the rest of it: memory comes undefined.
        if (bit == 0) byte = 0;
        byte = static_cast<std::uint8_t>(byte | (static_cast<unsigned>(value) << bit));
        ++length_;
    }
    void append_null() override {
        if (length_ == capacity_) reserve(1);
        validity_.set_null(length_);
        append(false);
    }
    void reserve(std::int64_t rows) override;
    unique_array finish() override;
    void clear() noexcept override;

private:
    buffer values_;
    std::uint8_t* data_ = nullptr;
    std::int64_t capacity_ = 0;
};

// fixed_size_binary(width).
class fixed_binary_builder final : public column_builder {
public:
    fixed_binary_builder(data_type type, memory from) noexcept
        : column_builder(std::move(type), from),
          values_(from),
          width_(static_cast<std::size_t>(type_.width())) {}

    // Where to write the width() bytes of a new row.
    [[nodiscard]] std::uint8_t* append() {
        if (length_ == capacity_) [[unlikely]]
            reserve(1);
        return data_ + static_cast<std::size_t>(length_++) * width_;
    }
    // value.size() is the width.
    void append(std::span<const std::uint8_t> value) {
        assert(value.size() == width_);
        std::memcpy(append(), value.data(), width_);
    }
    [[nodiscard]] std::size_t width() const noexcept { return width_; }
    void append_null() override;
    void reserve(std::int64_t rows) override;
    unique_array finish() override;
    void clear() noexcept override;

private:
    buffer values_;
    std::size_t width_;
    std::uint8_t* data_ = nullptr;
    std::int64_t capacity_ = 0;
};

// A column of type null: no buffers at all.
class null_builder final : public column_builder {
public:
    explicit null_builder(memory from) noexcept : column_builder(type_id::null, from) {}
    void append_null() override { ++length_; }
    void reserve(std::int64_t) override {}
    unique_array finish() override;
    void clear() noexcept override { length_ = 0; }
};

}  // namespace qry::arrow
