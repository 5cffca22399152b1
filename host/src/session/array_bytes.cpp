#include "session/array_bytes.hpp"

#include <cstdlib>
#include <cstring>

namespace qry::session {

namespace {

// Bits of one value in a fixed-width buffer; 0 = not of that kind. Formats are those of the C data
// interface.
std::uint64_t value_bits(const char* format) noexcept {
    switch (format[0]) {
        case 'b':
            return 1;
        case 'c':
        case 'C':
            return 8;
        case 's':
        case 'S':
        case 'e':
            return 16;
        case 'i':
        case 'I':
        case 'f':
            return 32;
        case 'l':
        case 'L':
        case 'g':
            return 64;
        case 'd': {
            // "d:10,2" is 128 bits wide, "d:10,2,256" says otherwise.
            const char* comma = std::strchr(format, ',');
            comma = comma != nullptr ? std::strchr(comma + 1, ',') : nullptr;
            return comma != nullptr ? std::strtoull(comma + 1, nullptr, 10) : 128;
        }
        case 'w':
            return format[1] == ':' ? 8 * std::strtoull(format + 2, nullptr, 10) : 0;
        case 't':
            // date32, time32 and months take 32 bits, an interval of nanoseconds 128.
            if (std::strncmp(format, "tdD", 3) == 0 || std::strncmp(format, "tts", 3) == 0 ||
                std::strncmp(format, "ttm", 3) == 0 || std::strncmp(format, "tiM", 3) == 0) {
                return 32;
            }
            return std::strncmp(format, "tin", 3) == 0 ? 128 : 64;
        default:
            return 0;
    }
}

struct span_of_rows {
    std::int64_t first;
    std::int64_t count;
};

template <class Offset>
span_of_rows between(const ArrowArray& array, span_of_rows rows) noexcept {
    if (array.n_buffers < 2 || array.buffers[1] == nullptr || rows.count == 0) return {0, 0};
    const auto* offsets = static_cast<const Offset*>(array.buffers[1]);
    const auto first = static_cast<std::int64_t>(offsets[rows.first]);
    return {first, static_cast<std::int64_t>(offsets[rows.first + rows.count]) - first};
}

std::uint64_t bits_to_bytes(std::uint64_t bits) noexcept {
    return (bits + 7) / 8;
}

// rows: counted from the start of the array's buffers, its offset included.
std::uint64_t count(const ArrowSchema& schema, const ArrowArray& array, span_of_rows rows) noexcept;

std::uint64_t child(
    const ArrowSchema& schema, const ArrowArray& array, std::int64_t which, span_of_rows rows
) noexcept {
    if (which >= schema.n_children || which >= array.n_children) return 0;
    const ArrowArray& own = *array.children[which];
    return count(*schema.children[which], own, {own.offset + rows.first, rows.count});
}

template <class Offset>
std::uint64_t variable(
    const ArrowSchema& schema, const ArrowArray& array, span_of_rows rows
) noexcept {
    const std::uint64_t offsets = sizeof(Offset) * (static_cast<std::uint64_t>(rows.count) + 1);
    const span_of_rows inside = between<Offset>(array, rows);
    if (schema.n_children != 0) return offsets + child(schema, array, 0, inside);
    return offsets + static_cast<std::uint64_t>(inside.count);
}

std::uint64_t count(
    const ArrowSchema& schema, const ArrowArray& array, span_of_rows rows
) noexcept {
    const char* format = schema.format;
    const auto length = static_cast<std::uint64_t>(rows.count);
    std::uint64_t bytes = 0;
    if (array.n_buffers > 0 && array.buffers[0] != nullptr && array.null_count != 0) {
        bytes += bits_to_bytes(length);
    }
    if (schema.dictionary != nullptr && array.dictionary != nullptr) {
        const ArrowArray& values = *array.dictionary;
        bytes += count(*schema.dictionary, values, {values.offset, values.length});
    }
    if (const std::uint64_t bits = value_bits(format); bits != 0) {
        return bytes + bits_to_bytes(length * bits);
    }
    if (std::strcmp(format, "u") == 0 || std::strcmp(format, "z") == 0 ||
        std::strcmp(format, "+l") == 0 || std::strcmp(format, "+m") == 0) {
        return bytes + variable<std::int32_t>(schema, array, rows);
    }
    if (std::strcmp(format, "U") == 0 || std::strcmp(format, "Z") == 0 ||
        std::strcmp(format, "+L") == 0) {
        return bytes + variable<std::int64_t>(schema, array, rows);
    }
    if (std::strcmp(format, "+s") == 0) {
        for (std::int64_t i = 0; i < schema.n_children; ++i)
            bytes += child(schema, array, i, rows);
    }
    return bytes;
}

}  // namespace

std::uint64_t array_bytes(const ArrowSchema& schema, const ArrowArray& array) noexcept {
    return count(schema, array, {array.offset, array.length});
}

}  // namespace qry::session
