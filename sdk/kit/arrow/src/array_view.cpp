#include <qry/kit/arrow/array_view.hpp>

#include <cmath>
#include <limits>

namespace qry::arrow {

namespace {

bool bit(const void* bits, std::int64_t at) noexcept {
    const auto byte = static_cast<const std::uint8_t*>(bits)[at / 8];
    return ((byte >> (at % 8)) & 1U) != 0;
}

double from_half(std::uint16_t half) noexcept {
    const int exponent = (half >> 10) & 0x1F;
    const double mantissa = half & 0x3FF;
    const double sign = (half & 0x8000) != 0 ? -1.0 : 1.0;
    if (exponent == 31) {
        if (mantissa != 0) return std::numeric_limits<double>::quiet_NaN();
        return sign * std::numeric_limits<double>::infinity();
    }
    if (exponent == 0) return sign * std::ldexp(mantissa, -24);
    return sign * std::ldexp(mantissa + 1024, exponent - 25);
}

}  // namespace

bool array_view::is_null(std::int64_t row) const noexcept {
    if (type().id() == type_id::null) return true;
    const void* bits = array_->n_buffers > 0 ? array_->buffers[0] : nullptr;
    if (array_->null_count != 0 && bits != nullptr && !bit(bits, row + array_->offset)) return true;
    return type().id() == type_id::dictionary && children_[0].is_null(index(row));
}

std::int64_t array_view::integer(std::int64_t row) const noexcept {
    switch (type().id()) {
        case type_id::int8:
            return value<std::int8_t>(row);
        case type_id::int16:
            return value<std::int16_t>(row);
        case type_id::int32:
        case type_id::date32:
        case type_id::time32:
        case type_id::interval_months:
            return value<std::int32_t>(row);
        case type_id::uint8:
            return value<std::uint8_t>(row);
        case type_id::uint16:
            return value<std::uint16_t>(row);
        case type_id::uint32:
            return value<std::uint32_t>(row);
        case type_id::boolean:
            return boolean(row) ? 1 : 0;
        default:
            return value<std::int64_t>(row);
    }
}

std::uint64_t array_view::unsigned_integer(std::int64_t row) const noexcept {
    if (type().id() == type_id::uint64) return value<std::uint64_t>(row);
    return static_cast<std::uint64_t>(integer(row));
}

double array_view::floating(std::int64_t row) const noexcept {
    if (type().id() == type_id::float16) return from_half(value<std::uint16_t>(row));
    if (type().id() == type_id::float32) return value<float>(row);
    return value<double>(row);
}

bool array_view::boolean(std::int64_t row) const noexcept {
    return bit(array_->buffers[1], row + array_->offset);
}

std::string_view array_view::bytes(std::int64_t row) const noexcept {
    const std::int64_t at = row + array_->offset;
    const auto slice = [&]<class Offset>(const Offset* offsets) {
        const auto* data = static_cast<const char*>(array_->buffers[2]);
        return std::string_view(
            data + offsets[at], static_cast<std::size_t>(offsets[at + 1] - offsets[at])
        );
    };
    switch (type().id()) {
        case type_id::dictionary:
            return children_[0].bytes(index(row));
        case type_id::fixed_size_binary: {
            const auto width = static_cast<std::size_t>(type().width());
            const auto* data = static_cast<const char*>(array_->buffers[1]);
            return {data + static_cast<std::size_t>(at) * width, width};
        }
        case type_id::large_utf8:
        case type_id::large_binary:
            return slice(static_cast<const std::int64_t*>(array_->buffers[1]));
        default:
            return slice(static_cast<const std::int32_t*>(array_->buffers[1]));
    }
}

int256 array_view::decimal(std::int64_t row) const noexcept {
    if (type().id() == type_id::decimal256) return value<int256>(row);
    return int256(value<int128>(row));
}

std::pair<std::int64_t, std::int64_t> array_view::range(std::int64_t row) const noexcept {
    const std::int64_t at = row + array_->offset;
    if (type().id() == type_id::large_list) {
        const auto* offsets = static_cast<const std::int64_t*>(array_->buffers[1]);
        return {offsets[at], offsets[at + 1]};
    }
    const auto* offsets = static_cast<const std::int32_t*>(array_->buffers[1]);
    // The entries of a map may begin at an offset of their own, which its children know nothing of.
    const std::int64_t shift = type().id() == type_id::map ? array_->children[0]->offset : 0;
    return {offsets[at] + shift, offsets[at + 1] + shift};
}

std::int64_t array_view::index(std::int64_t row) const noexcept {
    const std::int64_t at = row + array_->offset;
    const void* data = array_->buffers[1];
    switch (type().children()[0].type.id()) {
        case type_id::int8:
            return static_cast<const std::int8_t*>(data)[at];
        case type_id::uint8:
            return static_cast<const std::uint8_t*>(data)[at];
        case type_id::int16:
            return static_cast<const std::int16_t*>(data)[at];
        case type_id::uint16:
            return static_cast<const std::uint16_t*>(data)[at];
        case type_id::int32:
            return static_cast<const std::int32_t*>(data)[at];
        case type_id::uint32:
            return static_cast<const std::uint32_t*>(data)[at];
        default:
            return static_cast<const std::int64_t*>(data)[at];
    }
}

}  // namespace qry::arrow
