// What a batch consists of, in the order of the IPC format: nodes and buffers, depth first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <qry/arrow.h>
#include <qry/kit/arrow/type.hpp>
#include <qry/result.hpp>

namespace qry::arrow_ipc {

// The structs FieldNode and Buffer of Message.fbs, as they lie in the message.
struct field_node {
    std::int64_t length;
    std::int64_t null_count;
};
struct buffer_extent {
    std::int64_t offset;
    std::int64_t length;
};

// Arrow asks for multiples of 8 and recommends 64, for readers that map files into memory.
inline constexpr std::size_t alignment = 64;
[[nodiscard]] constexpr std::size_t padding(std::size_t size) noexcept {
    return (alignment - size % alignment) % alignment;
}

// Borrows the arrays that are added.
class body {
public:
    // Rows [first, first + count) of the array, which count from its own offset. The array has the
    // structure of the type (array_view::make).
    [[nodiscard]] result<void> add(
        const arrow::data_type& type,
        const ArrowArray& array,
        std::int64_t first,
        std::int64_t count
    );
    // Rows of a struct, without the struct: its own nulls are not written.
    [[nodiscard]] result<void> add_children(
        std::span<const arrow::field> fields,
        const ArrowArray& array,
        std::int64_t first,
        std::int64_t count
    );

    [[nodiscard]] const std::vector<field_node>& nodes() const noexcept { return nodes_; }
    [[nodiscard]] const std::vector<buffer_extent>& extents() const noexcept { return extents_; }
    // One for each extent; padding(size) bytes go after each.
    [[nodiscard]] const std::vector<std::span<const std::byte>>& pieces() const noexcept {
        return pieces_;
    }
    // With all padding.
    [[nodiscard]] std::int64_t size() const noexcept { return size_; }

private:
    void add_piece(const void* data, std::int64_t size);
    void add_owned(std::vector<std::byte> bytes);
    void add_bits(const void* bits, std::int64_t first, std::int64_t count);
    void add_node(const ArrowArray& array, std::int64_t at, std::int64_t count);
    template <class Offset>
    void add_offsets(const Offset* offsets, std::int64_t count);
    template <class Offset>
    [[nodiscard]] result<void> add_bytes(
        const ArrowArray& array, std::int64_t at, std::int64_t count
    );
    template <class Offset>
    [[nodiscard]] result<void> add_list(
        const arrow::data_type& type, const ArrowArray& array, std::int64_t at, std::int64_t count
    );

    std::vector<field_node> nodes_;
    std::vector<buffer_extent> extents_;
    std::vector<std::span<const std::byte>> pieces_;
    // Moving the outer vector leaves the memory of the inner ones, which pieces_ show, in place.
    std::vector<std::vector<std::byte>> owned_;
    std::int64_t size_ = 0;
};

// Nulls among these rows of the array; 0 when it has no bitmap.
[[nodiscard]] std::int64_t count_nulls(
    const ArrowArray& array, std::int64_t at, std::int64_t count
) noexcept;

}  // namespace qry::arrow_ipc
