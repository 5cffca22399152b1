#include "body.hpp"

#include <cstring>
#include <string>
#include <utility>

#include "bits.hpp"

namespace qry::arrow_ipc {

namespace {

using arrow::data_type;
using arrow::type_id;

error broken(const data_type& type, const std::string& what) {
    return {.kind = status::plugin_error, .message = "Arrow array of " + type.name() + ": " + what};
}

// Rows `at` to `at + count` of these lie in [first, last) of what the offsets lead to.
template <class Offset>
result<std::pair<std::int64_t, std::int64_t>> bounds(
    const data_type& type, const ArrowArray& array, std::int64_t at, std::int64_t count
) {
    const auto* offsets = static_cast<const Offset*>(array.buffers[1]);
    const std::int64_t first = offsets[at];
    const std::int64_t last = offsets[at + count];
    if (first >= 0 && first <= last) return std::pair(first, last);
    return broken(
        type, "offsets run from " + std::to_string(first) + " to " + std::to_string(last)
    );
}

}  // namespace

std::int64_t count_nulls(const ArrowArray& array, std::int64_t at, std::int64_t count) noexcept {
    if (array.null_count == 0 || array.n_buffers == 0 || array.buffers == nullptr) return 0;
    if (array.buffers[0] == nullptr) return 0;
    // null_count itself is that of all rows, or unknown (-1).
    const auto* bits = static_cast<const std::uint8_t*>(array.buffers[0]);
    return count - count_set_bits(bits, at, count);
}

void body::add_piece(const void* data, std::int64_t size) {
    extents_.push_back({size_, size});
    const auto bytes = static_cast<std::size_t>(size);
    pieces_.emplace_back(static_cast<const std::byte*>(data), bytes);
    size_ += static_cast<std::int64_t>(bytes + padding(bytes));
}

void body::add_owned(std::vector<std::byte> bytes) {
    owned_.push_back(std::move(bytes));
    add_piece(owned_.back().data(), static_cast<std::int64_t>(owned_.back().size()));
}

void body::add_bits(const void* bits, std::int64_t first, std::int64_t count) {
    const auto* from = static_cast<const std::uint8_t*>(bits);
    if (count == 0) return add_piece(nullptr, 0);
    if (first % 8 == 0) return add_piece(from + first / 8, (count + 7) / 8);
    add_owned(copy_bits(from, first, count));
}

// A bitmap that says nothing is left out.
void body::add_node(const ArrowArray& array, std::int64_t at, std::int64_t count) {
    const std::int64_t nulls = count_nulls(array, at, count);
    nodes_.push_back({count, nulls});
    if (nulls == 0) return add_piece(nullptr, 0);
    add_bits(array.buffers[0], at, count);
}

template <class Offset>
void body::add_offsets(const Offset* offsets, std::int64_t count) {
    const auto size = (count + 1) * static_cast<std::int64_t>(sizeof(Offset));
    // Readers may expect the first offset to be 0.
    if (offsets[0] == 0) return add_piece(offsets, size);
    std::vector<std::byte> bytes(static_cast<std::size_t>(size));
    for (std::int64_t i = 0; i <= count; ++i) {
        const auto rebased = static_cast<Offset>(offsets[i] - offsets[0]);
        std::memcpy(bytes.data() + i * std::int64_t{sizeof(Offset)}, &rebased, sizeof(rebased));
    }
    add_owned(std::move(bytes));
}

// Without rows the producer may have left the offsets out, but readers want the one 0.
template <class Offset>
result<void> body::add_bytes(const ArrowArray& array, std::int64_t at, std::int64_t count) {
    if (count == 0) {
        add_owned(std::vector<std::byte>(sizeof(Offset)));
        add_piece(nullptr, 0);
        return {};
    }
    const auto in = bounds<Offset>(type_id::binary, array, at, count);
    if (!in) return in.error();
    add_offsets(static_cast<const Offset*>(array.buffers[1]) + at, count);
    const auto* data = static_cast<const std::byte*>(array.buffers[2]);
    add_piece(data != nullptr ? data + in->first : nullptr, in->second - in->first);
    return {};
}

template <class Offset>
result<void> body::add_list(
    const data_type& type, const ArrowArray& array, std::int64_t at, std::int64_t count
) {
    std::pair<std::int64_t, std::int64_t> in;
    if (count == 0) {
        add_owned(std::vector<std::byte>(sizeof(Offset)));
    } else {
        auto found = bounds<Offset>(type, array, at, count);
        if (!found) return std::move(found).error();
        in = *found;
        add_offsets(static_cast<const Offset*>(array.buffers[1]) + at, count);
    }
    const std::int64_t items = in.second - in.first;
    if (type.id() != type_id::map) {
        return add(type.children()[0].type, *array.children[0], in.first, items);
    }
    return add(
        data_type::structure({type.children().begin(), type.children().end()}),
        *array.children[0],
        in.first,
        items
    );
}

result<void> body::add_children(
    std::span<const arrow::field> fields,
    const ArrowArray& array,
    std::int64_t first,
    std::int64_t count
) {
    for (std::size_t i = 0; i < fields.size(); ++i) {
        auto r = add(fields[i].type, *array.children[i], first + array.offset, count);
        if (!r) return r;
    }
    return {};
}

result<void> body::add(
    const data_type& type, const ArrowArray& array, std::int64_t first, std::int64_t count
) {
    if (first < 0 || count < 0 || array.offset < 0 || first > array.length ||
        count > array.length - first) {
        return broken(
            type,
            "rows " + std::to_string(first) + " to " + std::to_string(first + count) +
                " are wanted, but it has " + std::to_string(array.length)
        );
    }
    const std::int64_t at = first + array.offset;
    if (type.id() == type_id::null) {
        nodes_.push_back({count, count});
        return {};
    }
    add_node(array, at, count);
    switch (type.id()) {
        case type_id::structure:
            return add_children(type.children(), array, first, count);
        case type_id::list:
        case type_id::map:
            return add_list<std::int32_t>(type, array, at, count);
        case type_id::large_list:
            return add_list<std::int64_t>(type, array, at, count);
        case type_id::utf8:
        case type_id::binary:
            return add_bytes<std::int32_t>(array, at, count);
        case type_id::large_utf8:
        case type_id::large_binary:
            return add_bytes<std::int64_t>(array, at, count);
        case type_id::boolean:
            add_bits(array.buffers[1], at, count);
            return {};
        default: {
            // All others, and the indices of a dictionary, have rows of one width.
            const std::int64_t width = type.row_bits() / 8;
            const auto* data = static_cast<const std::byte*>(array.buffers[1]);
            add_piece(count != 0 ? data + at * width : nullptr, count * width);
            return {};
        }
    }
}

}  // namespace qry::arrow_ipc
