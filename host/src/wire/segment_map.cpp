#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "wire/segment.hpp"

namespace qry::wire {

namespace {

constexpr int needed_seals = F_SEAL_SHRINK | F_SEAL_GROW;

error refuse_segment(std::uint32_t number, const std::string& why) {
    return {
        .kind = status::plugin_error,
        .message = "shared memory: segment " + std::to_string(number) + " " + why,
        .from = origin::host};
}

// What is wrong with the file as a segment of so many bytes; empty when it will do.
std::string fault_of(int fd, std::uint64_t bytes) {
    // Asked first and never again: a seal cannot be taken back.
    const int seals = ::fcntl(fd, F_GET_SEALS);
    if (seals < 0) return "is not a memfd";
    if ((seals & needed_seals) != needed_seals) {
        return "is not sealed against shrinking and growing";
    }
    // Huge pages that have run out are a SIGBUS for the reader.
    struct statfs system {};
    if (::fstatfs(fd, &system) != 0 || system.f_type != TMPFS_MAGIC) {
        return "is not of ordinary pages";
    }
    struct stat found {};
    if (::fstat(fd, &found) != 0) return "cannot be examined";
    if (found.st_size < 0 || static_cast<std::uint64_t>(found.st_size) != bytes) {
        return "has " + std::to_string(found.st_size) + " bytes instead of " +
               std::to_string(bytes);
    }
    return {};
}

}  // namespace

result<void> segment_map::add(
    std::uint32_t number, std::uint64_t bytes, registry::unique_fd memory
) {
    const std::string fault = fault_of(memory.get(), bytes);
    if (!fault.empty()) return refuse_segment(number, fault);
    const std::lock_guard lock(mutex_);
    if (number != entries_.size() + 1) {
        return refuse_segment(
            number, "came when number " + std::to_string(entries_.size() + 1) + " was due"
        );
    }
    if (entries_.size() == most_segments) {
        return refuse_segment(number, "is one more than a worker may have");
    }
    if (bytes == 0 || bytes > budget_ - total_) {
        return refuse_segment(
            number,
            "of " + std::to_string(bytes) + " bytes goes beyond the " + std::to_string(budget_) +
                " that the worker was given"
        );
    }
    entries_.reserve(entries_.size() + 1);
    void* at = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, memory.get(), 0);
    if (at == MAP_FAILED) {
        return error{
            .kind = status::resource_limit,
            .message = "shared memory: segment " + std::to_string(number) + " of " +
                       std::to_string(bytes) + " bytes cannot be mapped: " + std::strerror(errno),
            .from = origin::host};
    }
    mapping held(static_cast<const std::byte*>(at), [bytes](const std::byte* p) {
        ::munmap(const_cast<std::byte*>(p), bytes);
    });
    entries_.push_back({bytes, std::move(held)});
    total_ += bytes;
    return {};
}

std::span<const std::byte> segment_map::look(
    std::uint32_t number, std::uint64_t offset, std::uint64_t size, mapping* keep
) const {
    const std::lock_guard lock(mutex_);
    if (number == 0 || number > entries_.size()) return {};
    const entry& found = entries_[number - 1];
    if (offset > found.bytes || size > found.bytes - offset) return {};
    if (keep != nullptr) *keep = found.memory;
    return {found.memory.get() + offset, size};
}

std::uint64_t segment_map::bytes() const noexcept {
    const std::lock_guard lock(mutex_);
    return total_;
}

}  // namespace qry::wire
