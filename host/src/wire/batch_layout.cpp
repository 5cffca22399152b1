#include "wire/batch_layout.hpp"

#include <cstring>

namespace qry::wire {

using arrow::type_id;

std::size_t node_type::buffer_count() const noexcept {
    if (entries_) return 1;
    switch (type().id()) {
        case type_id::null:
            return 0;
        case type_id::structure:
            return 1;
        case type_id::utf8:
        case type_id::large_utf8:
        case type_id::binary:
        case type_id::large_binary:
            return 3;
        default:
            return 2;
    }
}

std::size_t node_type::child_count() const noexcept {
    if (entries_) return type().children().size();
    switch (type().id()) {
        case type_id::list:
        case type_id::large_list:
        case type_id::map:
            return 1;
        case type_id::structure:
            return type().children().size();
        default:
            return 0;
    }
}

node_type node_type::child(std::size_t index) const noexcept {
    if (type().id() == type_id::map && !entries_) {
        node_type pairs(*field_);
        pairs.entries_ = true;
        return pairs;
    }
    return node_type(type().children()[index]);
}

bool node_type::has_dictionary() const noexcept {
    return type().id() == type_id::dictionary;
}

node_type node_type::dictionary() const noexcept {
    return node_type(type().children()[1]);
}

bool node_type::is_structure() const noexcept {
    return entries_ || type().id() == type_id::structure;
}

std::size_t node_type::offset_width() const noexcept {
    if (entries_) return 0;
    switch (type().id()) {
        case type_id::utf8:
        case type_id::binary:
        case type_id::list:
        case type_id::map:
            return 4;
        case type_id::large_utf8:
        case type_id::large_binary:
        case type_id::large_list:
            return 8;
        default:
            return 0;
    }
}

std::optional<std::uint64_t> node_type::buffer_bytes(std::size_t index, std::uint64_t rows)
    const noexcept {
    if (index == 0) return rows / 8 + (rows % 8 != 0 ? 1 : 0);
    if (offset_width() != 0 && rows == UINT64_MAX) return std::nullopt;
    const std::uint64_t values = offset_width() != 0 ? rows + 1 : rows;
    std::uint64_t bits = 0;
    const auto each = static_cast<std::uint64_t>(type().row_bits());
    if (__builtin_mul_overflow(values, each, &bits)) return std::nullopt;
    return bits / 8 + (bits % 8 != 0 ? 1 : 0);
}

error node_type::broken(const std::string& what) const {
    return {
        .kind = status::plugin_error,
        .message = "batch: column '" + field_->name + "' of type " + type().name() +
                   (entries_ ? " (its entries): " : ": ") + what,
        .from = origin::host};
}

std::int64_t offset_at(const void* offsets, std::size_t width, std::uint64_t index) noexcept {
    const auto* at = static_cast<const std::byte*>(offsets) + index * width;
    if (width == 4) {
        std::int32_t narrow = 0;
        std::memcpy(&narrow, at, sizeof(narrow));
        return narrow;
    }
    std::int64_t wide = 0;
    std::memcpy(&wide, at, sizeof(wide));
    return wide;
}

}  // namespace qry::wire
