// What all builders share: rows counted, nulls kept in a bitmap, a batch handed over as an
// ArrowArray. Virtual only where a batch is made or a row is null; values are appended inline by
// the builders of each kind.
#pragma once

#include <cassert>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <vector>

#include <qry/kit/arrow/buffer.hpp>
#include <qry/kit/arrow/type.hpp>

namespace qry::arrow {

// A column outgrew the 2 GiB that its 32-bit offsets can address. Only a single batch that breaks
// the bounds of batch_builder can; check room() first when values may be that large.
class column_full : public std::length_error {
public:
    using std::length_error::length_error;
};

// Valid until told otherwise: no memory before the first null, no work for a value after it,
// because the bits beyond the last null are already set.
class validity_bitmap {
public:
    explicit validity_bitmap(memory from) noexcept : bits_(from) {}

    void set_null(std::int64_t row) {
        const auto byte = static_cast<std::size_t>(row) / 8;
        if (byte >= filled_) fill(byte + 1);
        bits_.data()[byte] &= static_cast<std::uint8_t>(~(1U << (row % 8)));
        ++null_count_;
    }
    [[nodiscard]] std::int64_t null_count() const noexcept { return null_count_; }
    // The bitmap of `rows` rows, or an empty buffer when no row is null; starts afresh.
    [[nodiscard]] buffer finish(std::int64_t rows);
    void clear() noexcept;

private:
    void fill(std::size_t bytes);

    buffer bits_;
    std::size_t filled_ = 0;
    std::int64_t null_count_ = 0;
};

class column_builder {
public:
    column_builder(data_type type, memory from) noexcept
        : type_(std::move(type)), from_(from), validity_(from) {}
    column_builder(const column_builder&) = delete;
    column_builder& operator=(const column_builder&) = delete;
    virtual ~column_builder() = default;

    [[nodiscard]] const data_type& type() const noexcept { return type_; }
    [[nodiscard]] std::int64_t length() const noexcept { return length_; }
    [[nodiscard]] std::int64_t null_count() const noexcept { return validity_.null_count(); }
    // Bytes of text or binary appended so far; what the row count does not tell.
    [[nodiscard]] std::int64_t payload() const noexcept { return payload_; }
    // Bytes of values, offsets and payload so far; not those of children and bitmaps.
    [[nodiscard]] std::int64_t byte_size() const noexcept;
    // The builders of list items, struct fields, map keys and items, in the order of the type.
    [[nodiscard]] virtual std::vector<column_builder*> children() const { return {}; }

    // One null row. Out of memory in a nested builder leaves rows half-written: clear() then.
    virtual void append_null() = 0;
    // Room for this many rows more, so that unsafe_append may be used.
    virtual void reserve(std::int64_t rows) = 0;
    // Hands the rows over and starts afresh, sized by what was just built. `out` is written only on
    // success.
    [[nodiscard]] virtual unique_array finish() = 0;
    // Drops the rows.
    virtual void clear() noexcept = 0;

protected:
    // The ordinary growth step, never less than `rows` more and what the last batch took.
    [[nodiscard]] std::int64_t next_capacity(std::int64_t capacity, std::int64_t rows)
        const noexcept;
    void restart() noexcept;

    // Not thread-safe
    data_type type_;
    memory from_;
    validity_bitmap validity_;
    std::int64_t length_ = 0;
    std::int64_t payload_ = 0;
    // Rows and payload of the last batch: the size the next one starts with.
    std::int64_t expected_rows_ = 0;
    std::int64_t expected_payload_ = 0;
};

// A builder for any type that has one; nested types build their children too.
[[nodiscard]] std::unique_ptr<column_builder> make_builder(const data_type& type, memory from);

// An ArrowArray out of finished parts. Each array owns what it was given, so that a consumer may
// move children away. buffers[0] is the bitmap (an empty one becomes NULL); the others must not be
// NULL even when empty, which this sees to.
struct array_parts {
    std::int64_t length = 0;
    std::int64_t null_count = 0;
    std::vector<buffer> buffers;
    std::vector<unique_array> children;
    unique_array dictionary;
};
[[nodiscard]] unique_array export_array(array_parts parts);

}  // namespace qry::arrow
