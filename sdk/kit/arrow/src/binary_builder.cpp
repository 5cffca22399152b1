#include <qry/kit/arrow/binary_builder.hpp>

#include <algorithm>
#include <functional>
#include <string>

namespace qry::arrow {

namespace {

constexpr std::size_t first_bytes = 256;
constexpr std::size_t first_slots = 64;

}  // namespace

template <class Offset>
void basic_binary_builder<Offset>::reserve(std::int64_t rows) {
    if (length_ + rows <= row_capacity_) return;
    const std::int64_t capacity = next_capacity(row_capacity_, length_ + rows);
    offsets_.reserve(
        static_cast<std::size_t>(capacity + 1) * sizeof(Offset),
        starts_ == nullptr ? 0 : static_cast<std::size_t>(length_ + 1) * sizeof(Offset)
    );
    starts_ = offsets_.template as<Offset>();
    starts_[0] = 0;
    row_capacity_ = capacity;
}

template <class Offset>
void basic_binary_builder<Offset>::grow(std::size_t bytes) {
    if (!room(bytes)) {
        throw column_full(
            "a batch of " + type_.name() + " cannot hold " + std::to_string(payload_) + " + " +
            std::to_string(bytes) + " bytes: its offsets end at " + std::to_string(max_payload)
        );
    }
    reserve(1);
    const std::size_t wanted = static_cast<std::size_t>(payload_) + bytes;
    if (wanted <= byte_capacity_) return;
    const std::size_t first =
        byte_capacity_ == 0 ? std::max(first_bytes, static_cast<std::size_t>(expected_payload_))
                            : 0;
    bytes_.reserve(std::max(wanted, first), static_cast<std::size_t>(payload_));
    text_ = bytes_.template as<char>();
    byte_capacity_ = bytes_.capacity();
}

template <class Offset>
unique_array basic_binary_builder<Offset>::finish() {
    array_parts parts{.length = length_, .null_count = null_count()};
    parts.buffers.reserve(3);
    parts.buffers.push_back(validity_.finish(length_));
    offsets_.trim(static_cast<std::size_t>(length_ + 1) * sizeof(Offset));
    parts.buffers.push_back(std::exchange(offsets_, buffer(from_)));
    bytes_.trim(static_cast<std::size_t>(payload_));
    parts.buffers.push_back(std::exchange(bytes_, buffer(from_)));
    starts_ = nullptr;
    text_ = nullptr;
    row_capacity_ = 0;
    byte_capacity_ = 0;
    restart();
    return export_array(std::move(parts));
}

template class basic_binary_builder<std::int32_t>;
template class basic_binary_builder<std::int64_t>;

void dictionary_builder::append(std::string_view value) {
    if (length_ == capacity_) reserve(1);
    const std::int32_t index = find_or_add(value);
    data_[length_++] = index;
    payload_ = values_.payload() + values_.length() * 4;
}

void dictionary_builder::append_null() {
    if (length_ == capacity_) reserve(1);
    validity_.set_null(length_);
    data_[length_++] = 0;
}

void dictionary_builder::reserve(std::int64_t rows) {
    if (length_ + rows <= capacity_) return;
    const std::int64_t capacity = next_capacity(capacity_, length_ + rows);
    indices_.reserve(
        static_cast<std::size_t>(capacity) * sizeof(std::int32_t),
        static_cast<std::size_t>(length_) * sizeof(std::int32_t)
    );
    data_ = indices_.as<std::int32_t>();
    capacity_ = capacity;
}

std::int32_t dictionary_builder::find_or_add(std::string_view value) {
    const auto count = static_cast<std::size_t>(values_.length());
    if (slots_.empty() || count * 2 >= slots_.size()) {
        rehash(std::max(first_slots, slots_.size() * 2));
    }
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = std::hash<std::string_view>{}(value)&mask;
    for (; slots_[at] >= 0; at = (at + 1) & mask) {
        if (values_.view(slots_[at]) == value) return slots_[at];
    }
    values_.append(value);
    return slots_[at] = static_cast<std::int32_t>(count);
}

void dictionary_builder::rehash(std::size_t slots) {
    std::vector<std::int32_t> fresh(slots, -1);
    const std::size_t mask = slots - 1;
    for (std::int64_t row = 0; row < values_.length(); ++row) {
        std::size_t at = std::hash<std::string_view>{}(values_.view(row)) & mask;
        while (fresh[at] >= 0)
            at = (at + 1) & mask;
        fresh[at] = static_cast<std::int32_t>(row);
    }
    slots_.swap(fresh);
}

unique_array dictionary_builder::finish() {
    array_parts parts{.length = length_, .null_count = null_count()};
    parts.buffers.reserve(2);
    parts.buffers.push_back(validity_.finish(length_));
    indices_.trim(static_cast<std::size_t>(length_) * sizeof(std::int32_t));
    parts.buffers.push_back(std::exchange(indices_, buffer(from_)));
    parts.dictionary = values_.finish();
    data_ = nullptr;
    capacity_ = 0;
    slots_.clear();
    restart();
    return export_array(std::move(parts));
}

void dictionary_builder::clear() noexcept {
    length_ = 0;
    payload_ = 0;
    validity_.clear();
    values_.clear();
    slots_.clear();
}

}  // namespace qry::arrow
