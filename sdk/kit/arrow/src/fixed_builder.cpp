#include <qry/kit/arrow/fixed_builder.hpp>

namespace qry::arrow {

void bool_builder::reserve(std::int64_t rows) {
    if (length_ + rows <= capacity_) return;
    const std::int64_t capacity = next_capacity(capacity_, length_ + rows);
    values_.reserve(
        static_cast<std::size_t>(capacity + 7) / 8, static_cast<std::size_t>(length_ + 7) / 8
    );
    data_ = values_.data();
    capacity_ = capacity;
}

unique_array bool_builder::finish() {
    array_parts parts{.length = length_, .null_count = null_count()};
    parts.buffers.reserve(2);
    parts.buffers.push_back(validity_.finish(length_));
    values_.trim(static_cast<std::size_t>(length_ + 7) / 8);
    parts.buffers.push_back(std::exchange(values_, buffer(from_)));
    data_ = nullptr;
    capacity_ = 0;
    restart();
    return export_array(std::move(parts));
}

void bool_builder::clear() noexcept {
    length_ = 0;
    validity_.clear();
}

void fixed_binary_builder::append_null() {
    if (length_ == capacity_) reserve(1);
    validity_.set_null(length_);
    std::memset(append(), 0, width_);
}

void fixed_binary_builder::reserve(std::int64_t rows) {
    if (length_ + rows <= capacity_) return;
    const std::int64_t capacity = next_capacity(capacity_, length_ + rows);
    values_.reserve(
        static_cast<std::size_t>(capacity) * width_, static_cast<std::size_t>(length_) * width_
    );
    data_ = values_.data();
    capacity_ = capacity;
}

unique_array fixed_binary_builder::finish() {
    array_parts parts{.length = length_, .null_count = null_count()};
    parts.buffers.reserve(2);
    parts.buffers.push_back(validity_.finish(length_));
    values_.trim(static_cast<std::size_t>(length_) * width_);
    parts.buffers.push_back(std::exchange(values_, buffer(from_)));
    data_ = nullptr;
    capacity_ = 0;
    restart();
    return export_array(std::move(parts));
}

void fixed_binary_builder::clear() noexcept {
    length_ = 0;
    validity_.clear();
}

unique_array null_builder::finish() {
    array_parts parts{.length = length_, .null_count = length_};
    restart();
    return export_array(std::move(parts));
}

}  // namespace qry::arrow
