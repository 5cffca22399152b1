#include <qry/kit/arrow/column_builder.hpp>

#include <algorithm>
#include <utility>

namespace qry::arrow {

namespace {

constexpr std::int64_t first_rows = 32;

// What an empty values buffer points to, so that no consumer meets NULL: a single zero offset is
// all that an empty array may be asked for.
alignas(64) constexpr std::uint8_t nothing[64] = {};

// Owns what an exported array refers to.
struct exported {
    array_parts parts;
    std::vector<const void*> buffers;
    std::vector<ArrowArray*> children;
};

void release_exported(ArrowArray* array) {
    // Children and dictionary release themselves; those that a consumer moved away are empty.
    delete static_cast<exported*>(array->private_data);
    array->release = nullptr;
}

}  // namespace

void validity_bitmap::fill(std::size_t bytes) {
    bits_.reserve(bytes, filled_);
    std::memset(bits_.data() + filled_, 0xFF, bits_.capacity() - filled_);
    filled_ = bits_.capacity();
}

buffer validity_bitmap::finish(std::int64_t rows) {
    if (null_count_ == 0) return {};
    const auto bytes = static_cast<std::size_t>(rows + 7) / 8;
    if (bytes > filled_) fill(bytes);
    if (rows % 8 != 0) {
        bits_.data()[bytes - 1] &= static_cast<std::uint8_t>((1U << (rows % 8)) - 1U);
    }
    const memory from = bits_.from();
    buffer out = std::exchange(bits_, buffer(from));
    out.trim(bytes);
    clear();
    return out;
}

void validity_bitmap::clear() noexcept {
    filled_ = 0;
    null_count_ = 0;
}

std::int64_t column_builder::byte_size() const noexcept {
    return payload_ + length_ * type_.row_bits() / 8;
}

std::int64_t column_builder::next_capacity(std::int64_t capacity, std::int64_t rows)
    const noexcept {
    if (capacity == 0) return std::max({rows, expected_rows_, first_rows});
    return std::max(rows, capacity * 2);
}

void column_builder::restart() noexcept {
    expected_rows_ = std::exchange(length_, 0);
    expected_payload_ = std::exchange(payload_, 0);
}

unique_array export_array(array_parts parts) {
    auto owned = std::make_unique<exported>();
    owned->parts = std::move(parts);
    for (std::size_t i = 0; i < owned->parts.buffers.size(); ++i) {
        const void* data = owned->parts.buffers[i].data();
        // Only a bitmap may be missing.
        owned->buffers.push_back(data == nullptr && i > 0 ? nothing : data);
    }
    for (unique_array& child : owned->parts.children)
        owned->children.push_back(child.get());

    ArrowArray raw{};
    raw.length = owned->parts.length;
    raw.null_count = owned->parts.null_count;
    raw.n_buffers = static_cast<std::int64_t>(owned->buffers.size());
    raw.n_children = static_cast<std::int64_t>(owned->children.size());
    raw.buffers = owned->buffers.empty() ? nullptr : owned->buffers.data();
    raw.children = owned->children.empty() ? nullptr : owned->children.data();
    raw.dictionary = owned->parts.dictionary ? owned->parts.dictionary.get() : nullptr;
    raw.release = &release_exported;
    raw.private_data = owned.release();
    return unique_array(&raw);
}

}  // namespace qry::arrow
