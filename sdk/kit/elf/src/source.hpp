// Where the bytes of an ELF file come from: an open file, or memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <qry/result.hpp>

namespace qry::elf {

class source {
public:
    // Regular files only; `file` names it in errors.
    [[nodiscard]] static result<source> of(int fd, const std::string& file);
    explicit source(std::span<const std::byte> bytes) noexcept
        : bytes_(bytes), size_(bytes.size()) {}

    [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
    // False when the range leaves the file or cannot be read; `out` is then unspecified.
    [[nodiscard]] bool read(std::uint64_t offset, void* out, std::size_t count) const;

    template <class T>
    [[nodiscard]] bool read(std::uint64_t offset, T* out) const {
        return read(offset, static_cast<void*>(out), sizeof(T));
    }
    // A table of `count` records; checks against the file's size before it allocates.
    template <class T>
    [[nodiscard]] bool read_table(std::uint64_t offset, std::uint64_t count, std::vector<T>* out)
        const {
        if (offset > size_ || count > (size_ - offset) / sizeof(T)) return false;
        out->resize(count);
        return count == 0 || read(offset, static_cast<void*>(out->data()), count * sizeof(T));
    }

private:
    source(int fd, std::uint64_t size) noexcept : fd_(fd), size_(size) {}

    int fd_ = -1;
    std::span<const std::byte> bytes_;
    std::uint64_t size_ = 0;
};

// A refusal that the file itself is to blame for.
[[nodiscard]] error refused(const std::string& file, const std::string& what, std::string hint);

}  // namespace qry::elf
