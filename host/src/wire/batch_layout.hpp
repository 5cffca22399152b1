// The nodes and buffers that a type's arrays consist of, and how many bytes they must have.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include <qry/error.hpp>
#include <qry/kit/arrow/type.hpp>

namespace qry::wire {

inline constexpr std::size_t most_buffers = 3;
// What every buffer on the wire, and behind a mapped array, is aligned to: the widest value's.
inline constexpr std::size_t buffer_alignment = 16;

enum class buffer_kind : std::uint8_t { absent, inside, shared };

// One array of a batch: a field's own, or the struct of keys and values below a map's.
class node_type {
public:
    explicit node_type(const arrow::field& of) noexcept : field_(&of) {}

    [[nodiscard]] const arrow::data_type& type() const noexcept { return field_->type; }
    [[nodiscard]] bool nullable() const noexcept { return !entries_ && field_->nullable; }
    // 0 to 3: validity, values or offsets, bytes.
    [[nodiscard]] std::size_t buffer_count() const noexcept;
    [[nodiscard]] std::size_t child_count() const noexcept;
    [[nodiscard]] node_type child(std::size_t index) const noexcept;
    [[nodiscard]] bool has_dictionary() const noexcept;
    // The values of a dictionary.
    [[nodiscard]] node_type dictionary() const noexcept;
    // Children have a row for each of this one's.
    [[nodiscard]] bool is_structure() const noexcept;
    // 4 or 8 where buffer 1 holds offsets, else 0.
    [[nodiscard]] std::size_t offset_width() const noexcept;
    // Bytes of buffer 0 or 1 when the last row is number rows - 1 (rows > 0); nothing = beyond 64
    // bits. What offsets lead to only their last one tells.
    [[nodiscard]] std::optional<std::uint64_t> buffer_bytes(std::size_t index, std::uint64_t rows)
        const noexcept;

    [[nodiscard]] error broken(const std::string& what) const;

private:
    const arrow::field* field_;
    bool entries_ = false;
};

// The value at `index` of an offsets buffer; its bytes need no alignment.
[[nodiscard]] std::int64_t offset_at(
    const void* offsets, std::size_t width, std::uint64_t index
) noexcept;

}  // namespace qry::wire
